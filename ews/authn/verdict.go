package authn

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

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

// verdict is a decision with what led to it.
type verdict struct {
	decision  decision
	mechanism Mechanism
	reason    Reason    // why not; "" unless refused
	err       error     // for the log
	who       *Identity // nil: not known
	missed    []string
}

// unknown is the verdict on a request that has not proved who sent it.
func unknown(o Outcome, err error) verdict {
	switch {
	case err != nil:
		refusal := asRefusal(err)
		return verdict{decision: unproved, mechanism: refusal.Mechanism, reason: refusal.Reason, err: refusal.Err}
	case o.Answer != "":
		return verdict{decision: handshaking}
	default:
		return verdict{decision: anonymous}
	}
}

func (v verdict) attributes() []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("decision", string(v.decision)),
		attribute.String("mechanism", string(v.mechanism)),
		attribute.String("reason", string(v.reason)),
	}
}

// record tells metrics, traces and the log. Half of all requests of old servers
// are anonymous first legs, which are no news; whoever is allowed shows in the
// trace of the question.
func (g *Gate) record(r *http.Request, came time.Time, v verdict) {
	ctx := r.Context()
	g.meters.count(ctx, v)
	level := slog.LevelDebug
	if v.reason != "" {
		ctx = v.trace(r, came)
		level = slog.LevelWarn
	}
	if g.Log.Enabled(ctx, level) {
		g.Log.LogAttrs(ctx, level, "client", v.line(r)...)
	}
}

// trace leaves a span of its own for a request that gets no further, and
// returns its context.
func (v verdict) trace(r *http.Request, came time.Time) context.Context {
	known := []attribute.KeyValue{
		attribute.String("availproxy.decision", string(v.decision)),
		attribute.String("availproxy.caller.mechanism", string(v.mechanism)),
		attribute.String("error.type", string(v.reason)), attribute.String("availproxy.cause", v.reason.Cause()),
		attribute.String("http.request.method", r.Method), attribute.String("client.address", client(r).String()),
	}
	if v.who != nil {
		known = append(known, attribute.String("availproxy.caller.principal", v.who.String()))
	}
	ctx, span := otel.Tracer("availproxy/ews/authn").Start(r.Context(), "client.refused",
		trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(came), trace.WithAttributes(known...))
	span.SetStatus(codes.Error, string(v.reason))
	span.End()
	return ctx
}

func (v verdict) line(r *http.Request) []slog.Attr {
	line := []slog.Attr{slog.String("decision", string(v.decision)), slog.String("client", client(r).String()), slog.String("mechanism", string(v.mechanism))}
	if v.reason != "" {
		line = append(line, slog.String("reason", string(v.reason)), slog.String("availproxy.cause", v.reason.Cause()))
	}
	if v.who != nil {
		line = append(line, slog.String("principal", v.who.String()))
	}
	if v.decision == notAllowed {
		line = append(line, slog.Any("missed", v.missed),
			slog.String("hint", "add the principal to clients.allow if it is one of your Exchange servers"))
	}
	if v.err != nil {
		line = append(line, slog.Any("err", v.err))
	}
	return line
}

// kind is what of a verdict is counted.
type kind struct {
	decision  decision
	mechanism Mechanism
	reason    Reason
}

// meters counts requests. Its zero value is ready.
type meters struct {
	once    sync.Once
	clients metric.Int64Counter

	mu    sync.RWMutex // guards kinds
	kinds map[kind][]metric.AddOption
}

// count takes one request. A counter that could not be made is a no-op, so that
// there is nothing to be done about its error.
func (m *meters) count(ctx context.Context, v verdict) {
	m.once.Do(func() {
		m.kinds = map[kind][]metric.AddOption{}
		m.clients, _ = otel.Meter("availproxy/ews/authn").Int64Counter("availproxy.clients",
			metric.WithDescription("Requests by what authentication and authorisation made of them."), metric.WithUnit("{request}"))
	})
	m.clients.Add(ctx, 1, m.of(v)...)
}

// of returns the attributes of v, which are made once, so that counting a
// request allocates nothing.
func (m *meters) of(v verdict) []metric.AddOption {
	k := kind{v.decision, v.mechanism, v.reason}
	m.mu.RLock()
	made, ok := m.kinds[k]
	m.mu.RUnlock()
	if ok {
		return made
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kinds[k] = []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(v.attributes()...))}
	return m.kinds[k]
}
