package discovery

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// forest is a Connector at work: what is behind it, as far as we know.
type forest struct {
	Connector
	hosts    Hosts
	epr      string   // TargetSharingEpr, or ""
	endpoint *url.URL // of autodiscover; nil with epr
	client   *http.Client
	metrics  *metrics

	health   health
	standard atomic.Pointer[defaultRoute] // the default layer; nil until something is known
	suspects *rate.Limiter                // look-ups of single mailboxes

	// What its autodiscover service was found not to accept.
	halvings atomic.Int32 // of batchLimit
	plain    atomic.Bool  // no settings but the one that every server knows
}

// suspectsPerSecond bounds how many mailboxes are looked up again because they
// were not found where they should be. Beyond it, the forest as a whole has
// moved or is in trouble, and that is looked up instead.
const suspectsPerSecond = 20

func newForest(c Connector, version string, m *metrics) (*forest, error) {
	f := &forest{Connector: c, metrics: m, suspects: rate.NewLimiter(suspectsPerSecond, suspectsPerSecond)}
	f.UserAgent = cmp.Or(c.UserAgent, DefaultUserAgent(version))
	var err error
	if f.hosts, err = c.Hosts(); err != nil {
		return nil, err
	}
	if c.TargetSharingEpr != "" {
		u, err := configuredURL(c.TargetSharingEpr)
		if err != nil {
			return nil, err
		}
		f.epr = u.String()
		return f, nil
	}
	if c.endpoint() == "" {
		return nil, errors.New("neither TargetSharingEpr nor DiscoveryEndpoint says where to ask")
	}
	if c.HTTP == nil || c.HTTP.Transport == nil {
		return nil, errors.New("there is no HTTP transport to ask the DiscoveryEndpoint with; the default one would obey HTTP_PROXY and dial anything")
	}
	if f.endpoint, err = configuredURL(c.endpoint()); err != nil {
		return nil, err
	}
	f.client = bareClient(c.HTTP)
	return f, nil
}

// fixed is the URL that is the answer for everybody now, or "".
func (f *forest) fixed() string {
	if f.Instead != nil {
		if to := f.Instead(); to != "" {
			return to
		}
	}
	return f.epr
}

// bareClient is c without what it would do by itself. net/http follows a 307
// with the whole body to any host, turns a POST that gets a 302 into a GET, and
// takes the anchor mailbox along in both cases.
func bareClient(c *http.Client) *http.Client {
	return &http.Client{
		Transport:     c.Transport,
		Timeout:       c.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// place is a mailbox in a forest.
type place struct {
	forest  *forest
	address string
}
