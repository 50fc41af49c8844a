package discovery

import (
	"context"
	"time"

	"availproxy/freebusy"
)

// State is what is known of one connector now, for a status page. But for
// Failure it holds nothing that a stranger wrote, and no addresses.
type State struct {
	Connector string
	Domains   []string // its TargetAddressDomains as configured
	Discovery string   // URL of autodiscover; empty with a fixed Endpoint

	Endpoint string // fixed or learnt URL of Exchange Web Services; empty when none is known
	Fixed    bool
	Learnt   time.Time // when the Endpoint was learnt; zero when it is fixed or not known
	Fresh    bool      // the Endpoint is used without a second thought

	LastError Kind      // why autodiscover failed the last time; empty when it did not
	Said      string    // the same in the words that callers get
	Failure   *Error    // the same with its cause, which only an operator may see
	Retry     time.Time // when it is asked again after an error
}

// Snapshot returns the state of the connectors, in the order of the
// configuration. It does not block.
func (d *Directory) Snapshot() []State {
	now := time.Now()
	states := make([]State, len(d.forests))
	for i, f := range d.forests {
		states[i] = f.state(now)
	}
	return states
}

func (f *forest) state(now time.Time) State {
	s := State{Connector: f.Name, Domains: f.TargetAddressDomains}
	if to := f.fixed(); to != "" {
		s.Endpoint, s.Fixed, s.Fresh = to, true, true
		return s
	}
	s.Discovery = f.endpoint.String()
	if known := f.standard.Load(); known != nil && known.term.usable(now) {
		s.Endpoint, s.Learnt, s.Fresh = known.endpoint, known.learnt, known.term.isFresh(now)
	}
	if last, retry := f.health.state(); last != nil {
		s.LastError, s.Said, s.Failure, s.Retry = last.Kind, last.exception, last, retry
	}
	return s
}

// Explain resolves m anew, whatever is remembered, and returns the way that it
// took. It neither uses nor changes what the Directory knows, asks services
// that are left alone at present, and may block until ctx ends.
func (d *Directory) Explain(ctx context.Context, m freebusy.Mailbox) ([]Hop, freebusy.Route) {
	var hops []Hop
	w := d.start(m)
	for !w.done {
		f := w.at.forest
		if to := f.fixed(); to != "" {
			hops = append(hops, Hop{Connector: f.Name, Via: "TargetSharingEpr", URL: to})
			w.end(to, fromConfiguration)
			break
		}
		c := f.chase(ctx, []string{w.at.address})
		hops = append(hops, c.hops...)
		key := w.at.key().address
		o := d.judge(ctx, c, key, c.outcomes[key])
		d.follow(ctx, &w, o, fromNetwork)
		if !w.done {
			hops = append(hops, Hop{Connector: w.at.forest.Name, Via: "RedirectAddress"})
		}
	}
	return hops, w.route
}
