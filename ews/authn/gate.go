package authn

import (
	"io"
	"log/slog"
	"net/http"
	"net/netip"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Gate lets a request through to Next when its sender is known and allowed,
// with the [Identity] in the request's context. Every request is judged anew.
type Gate struct {
	Networks       []netip.Prefix  // who may connect at all; empty = everyone
	Authenticators []Authenticator // in the order in which they are tried
	Allow          Rules
	Next           http.Handler
	Forbidden      http.Handler // answers whoever is known but not allowed
	Log            *slog.Logger
}

// decision is what became of a request, as metrics and logs name it.
type decision string

const (
	allowed     decision = "allowed"
	notAllowed  decision = "not_allowed"    // known, but no rule names it
	unproved    decision = "bad_credential" // a proof that failed
	anonymous   decision = "no_credential"
	handshaking decision = "handshake"
	badNetwork  decision = "network"
)

// ServeHTTP implements [http.Handler].
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(g.Networks) > 0 && !within(g.Networks, peer(r)) {
		g.record(r, badNetwork, "", nil)
		http.Error(w, "", http.StatusForbidden)
		return
	}
	outcome, err := g.authenticate(r)
	if outcome.Identity == nil {
		g.challenge(w, r, outcome, err)
		return
	}
	if outcome.Answer != "" {
		w.Header().Set("WWW-Authenticate", outcome.Answer)
	}
	g.admit(w, r, *outcome.Identity)
}

// authenticate returns the first Outcome that says anything.
func (g *Gate) authenticate(r *http.Request) (Outcome, error) {
	for _, a := range g.Authenticators {
		outcome, err := a.Authenticate(r)
		if err != nil || outcome != (Outcome{}) {
			return outcome, err
		}
	}
	return Outcome{}, nil
}

func (g *Gate) admit(w http.ResponseWriter, r *http.Request, id Identity) {
	ok := g.Allow.Allow(id)
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		servePage(w, id, ok)
		return
	}
	if !ok {
		g.record(r, notAllowed, id.Mechanism, nil, slog.String("principal", id.String()),
			slog.String("hint", "add the principal to clients.allow if it is one of your Exchange servers"))
		drain(r)
		g.Forbidden.ServeHTTP(w, r)
		return
	}
	g.record(r, allowed, id.Mechanism, nil)
	g.Next.ServeHTTP(w, r.WithContext(NewContext(r.Context(), id)))
}

// challenge answers 401: with the next leg alone while a handshake runs, since
// old .NET reads past a comma there, else with every scheme we offer.
func (g *Gate) challenge(w http.ResponseWriter, r *http.Request, o Outcome, err error) {
	switch {
	case o.Answer != "":
		w.Header().Set("WWW-Authenticate", o.Answer)
		g.record(r, handshaking, "", nil)
	case err != nil:
		g.offer(w, r)
		g.record(r, unproved, "", err)
	default:
		g.offer(w, r)
		g.record(r, anonymous, "", nil)
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

// record counts and logs the decision. Half of all requests of old servers are
// anonymous first legs, which are no news.
func (g *Gate) record(r *http.Request, d decision, m Mechanism, err error, more ...slog.Attr) {
	ctx := r.Context()
	counter, e := otel.Meter("availproxy/ews/authn").Int64Counter("availproxy.clients",
		metric.WithDescription("Requests by what authentication and authorisation made of them."), metric.WithUnit("{request}"))
	if e == nil {
		counter.Add(ctx, 1, metric.WithAttributes(attribute.String("decision", string(d)), attribute.String("mechanism", string(m))))
	}
	level := slog.LevelDebug
	if d == notAllowed || d == unproved || d == badNetwork {
		level = slog.LevelWarn
	}
	attrs := append([]slog.Attr{slog.String("decision", string(d)), slog.String("client", peer(r).String()), slog.String("mechanism", string(m))}, more...)
	if err != nil {
		attrs = append(attrs, slog.Any("err", err))
	}
	g.Log.LogAttrs(ctx, level, "client", attrs...)
}
