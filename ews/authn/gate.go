package authn

import (
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

// Gate lets a request through to Next when its sender is known and allowed,
// with the [Identity] in the request's context. Every request is judged anew.
type Gate struct {
	Networks       []netip.Prefix  // who may ask at all, by address; empty = everyone
	TrustedProxies []netip.Prefix  // whose X-Forwarded-For is believed
	Authenticators []Authenticator // in the order of the package's documentation
	Allow          Rules
	Next           http.Handler
	Forbidden      http.Handler // answers whoever is known but not allowed
	Log            *slog.Logger

	meters meters
}

// ServeHTTP implements [http.Handler].
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	came := time.Now()
	if len(g.TrustedProxies) > 0 {
		r = behind(g.TrustedProxies, r)
	}
	if len(g.Networks) > 0 && !within(g.Networks, client(r)) {
		g.record(r, came, verdict{decision: badNetwork, reason: NetworkExcluded})
		http.Error(w, "", http.StatusForbidden)
		return
	}
	outcome, err := g.authenticate(r)
	if outcome.Answer != "" {
		w.Header().Set("WWW-Authenticate", outcome.Answer)
	}
	if outcome.Identity == nil {
		g.record(r, came, unknown(outcome, err))
		g.challenge(w, r)
		return
	}
	g.admit(w, r, came, outcome.Identity)
}

// authenticate returns the first Outcome that says anything. Credentials that
// nobody has looked at are a refusal: their sender believes to have logged on.
func (g *Gate) authenticate(r *http.Request) (Outcome, error) {
	if err := oneAuthorization(r); err != nil {
		return Outcome{}, err
	}
	for _, a := range g.Authenticators {
		outcome, err := a.Authenticate(r)
		if err != nil || outcome != (Outcome{}) {
			return outcome, err
		}
	}
	return Outcome{}, leftover(r)
}

func (g *Gate) admit(w http.ResponseWriter, r *http.Request, came time.Time, id *Identity) {
	ok := g.Allow.Allow(*id)
	if ok {
		g.record(r, came, verdict{decision: allowed, mechanism: id.Mechanism, who: id})
	} else {
		g.record(r, came, verdict{decision: notAllowed, mechanism: id.Mechanism, reason: NotListed, who: id, missed: g.Allow.Missed(*id)})
	}
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		servePage(w, *id, ok)
	case !ok:
		drain(r)
		g.Forbidden.ServeHTTP(w, r)
	default:
		g.Next.ServeHTTP(w, r.WithContext(id.within(r.Context())))
	}
}

// challenge answers 401: with the next leg alone while a handshake runs, since
// old .NET reads past a comma there, else with every scheme we offer.
func (g *Gate) challenge(w http.ResponseWriter, r *http.Request) {
	if w.Header().Get("WWW-Authenticate") == "" {
		g.offer(w, r)
	}
	drain(r)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusUnauthorized)
}

func (g *Gate) offer(w http.ResponseWriter, r *http.Request) {
	for _, a := range g.Authenticators {
		if c := a.Challenge(r); c != "" {
			w.Header().Add("WWW-Authenticate", c)
		}
	}
}

// drain reads what little a caller may have sent already. net/http closes the
// connection of an Expect: 100-continue request whose body was not read, and
// the caller would pay for a new one.
func drain(r *http.Request) { io.CopyN(io.Discard, r.Body, 64<<10) }
