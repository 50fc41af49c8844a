package server

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"

	"availproxy/cmd/internal/admin"
	"availproxy/ews/authn"
	"availproxy/freebusy"
)

// lookup asks for the operator what an old server would ask: by the same path,
// through the cache, in nobody's name. It logs who wanted that.
func (s *Server) lookup(ctx context.Context, q freebusy.Query) (admin.Found, error) {
	w := s.use()
	defer w.usage.end()
	said := []any{slog.Int("mailboxes", len(q.Mailboxes))}
	if id, ok := authn.FromContext(ctx); ok {
		said = append(said, slog.String("principal", id.String()))
	}
	ctx, cancel := context.WithTimeout(nobody{ctx}, time.Duration(w.config.Timeouts.Answer))
	defer cancel()
	ctx, span := otel.Tracer("availproxy/server").Start(ctx, "availability.lookup")
	s.options.Log.InfoContext(ctx, "look-up from the pages", said...)
	answers, err := w.source.Availability(ctx, q)
	span.End()
	if err != nil {
		return admin.Found{}, err
	}
	show := w.shown().naming(q.Mailboxes)
	var found admin.Found
	if story, known := s.options.History.Story(span.SpanContext().TraceID().String(), show.show()); known {
		found.Story = &story
	}
	for _, a := range answers {
		m := admin.MailboxFound{Calendar: a.Calendar}
		if a.Err != nil {
			m.Failure = show.failure(a.Err, time.Time{})
		}
		found.Mailboxes = append(found.Mailboxes, m)
	}
	return found, nil
}

// nobody is a context that ends with another one, and does not know whose it is:
// an operator is none of the clients that connectors are for.
type nobody struct{ context.Context }

// Value implements [context.Context].
func (nobody) Value(any) any { return nil }
