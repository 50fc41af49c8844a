package s2s

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Behaviour is what happens to a user. The zero Behaviour is what the directory
// says: settings for a known mailbox, InvalidUser for another.
type Behaviour struct {
	Times int // how many requests it hits before all is well again; 0 is all of them

	// For this user alone.
	Code           string            // an ErrorCode, such as RedirectAddress, InvalidUser, ServerBusy
	RedirectTarget string            // with RedirectAddress or RedirectUrl, of the user or the response
	Settings       map[string]string // over those of the service; an empty value is SettingIsNotAvailable
	Silent         []string          // settings that are left out without a word

	// For the whole answer, as soon as the request names this user first among
	// those who have any of these.
	ResponseCode string // an ErrorCode at the level of the response
	SOAPFault    string // a fault code, such as DestinationUnreachable
	Short        int    // answer only the first n users; -1 answers none
	Shape        Shape

	// For the whole exchange, likewise.
	Status     int    // such as 301, 302, 307, 404, 405, 456, 503, or 200 with a Body
	Location   string // with a redirect
	Hops       int    // redirect that often to ourselves, each time by a longer path
	RetryAfter time.Duration
	Body       string
	BasicOnly  bool // 401 that offers Basic alone, whatever the token

	SlowHeaders, SlowBody time.Duration
}

const everybody = "*"

// spoils reports whether b concerns more than its own user.
func (b Behaviour) spoils() bool {
	return b.ResponseCode != "" || b.SOAPFault != "" || b.Short != 0 || b.Shape != (Shape{}) || b.Status != 0 ||
		b.Hops != 0 || b.Body != "" || b.BasicOnly || b.SlowHeaders != 0 || b.SlowBody != 0
}

// meet looks up the Behaviour of every user of q, once a request and user, and
// returns the one that the whole exchange takes. A request without users, such
// as one that probes for a challenge, meets that of everybody. Times counts
// requests that passed, and those that BasicOnly keeps from it.
func (a *Autodiscover) meet(q *question, passed bool) Behaviour {
	q.behaviours = map[string]Behaviour{}
	var whole Behaviour
	names := q.users
	if len(names) == 0 {
		names = []string{everybody}
	}
	for _, name := range names {
		name = strings.ToLower(name)
		if _, met := q.behaviours[name]; met {
			continue
		}
		b := a.behaviour(name, passed)
		q.behaviours[name] = b
		if !whole.spoils() && b.spoils() {
			whole = b
		}
	}
	return whole
}

// behaviour finds the Behaviour of a user, and counts it where it wears off.
func (a *Autodiscover) behaviour(name string, passed bool) Behaviour {
	b, own := a.Behaviours[name]
	if !own {
		name = everybody
		b = a.Behaviours[name]
	}
	if b.Times == 0 {
		return b
	}
	if a.met == nil {
		a.met = map[string]int{}
	}
	if a.met[name] >= b.Times {
		return Behaviour{}
	}
	if passed || b.BasicOnly {
		a.met[name]++
	}
	return b
}

// exchange is the answer when b wants no SOAP at all.
func (b Behaviour) exchange(r *http.Request) (p reply, done bool) {
	p = reply{status: b.Status, header: http.Header{}, body: []byte(b.Body)}
	otherwise := func(status int) {
		if p.status == 0 {
			p.status = status
		}
	}
	if b.Body != "" {
		p.header.Set("Content-Type", "text/html; charset=utf-8")
		otherwise(http.StatusOK)
	}
	if b.Location != "" {
		p.header.Set("Location", b.Location)
	}
	if b.RetryAfter > 0 {
		p.header.Set("Retry-After", strconv.Itoa(int(b.RetryAfter/time.Second)))
	}
	if next, more := b.hop(r.URL.Path); more {
		otherwise(http.StatusFound)
		p.header.Set("Location", next)
	}
	return p, p.status != 0
}

// hop is the path to be redirected to, while there are Hops left: as Exchange
// Online does it, a segment is slipped in before the last.
func (b Behaviour) hop(at string) (next string, more bool) {
	const segment = "hop"
	hops := len(slices.DeleteFunc(strings.Split(at, "/"), func(s string) bool { return s != segment }))
	return fmt.Sprintf("%s/%s/%s", path.Dir(at), segment, path.Base(at)), hops < b.Hops
}
