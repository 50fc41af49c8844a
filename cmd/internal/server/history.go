package server

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"availproxy/cmd/internal/history"
	"availproxy/ews/authn"
	"availproxy/freebusy"
)

// remembered is a Source that notes every question for the history. One that comes
// with no trace, from a page or a command, begins its own.
type remembered struct {
	freebusy.Source
	history *history.History
}

// Availability implements [freebusy.Source].
func (r remembered) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		var span trace.Span
		ctx, span = otel.Tracer("availproxy/server").Start(ctx, "availability.lookup")
		defer span.End()
	}
	answers, err := r.Source.Availability(ctx, q)
	var by history.Asker
	if id, ok := authn.FromContext(ctx); ok {
		by = history.Asker{Mechanism: string(id.Mechanism), Name: id.Name, Realm: id.Realm}
	}
	r.history.Note(ctx, by, q, answers, err)
	return answers, err
}

// remember puts the history around a path, where there is one.
func remember(s freebusy.Source, h *history.History) freebusy.Source {
	if h == nil {
		return s
	}
	return remembered{s, h}
}

// show is what the pages tell of the questions of others.
func (s shown) show() history.Show {
	return history.Show{Mailbox: s.mailbox, Principal: principal, Text: s.text}
}

// principal is who asked, as clients.allow writes it; "" for nobody by name.
func principal(by history.Asker) string {
	if by.Mechanism == "" {
		return ""
	}
	return authn.Identity{Mechanism: authn.Mechanism(by.Mechanism), Name: by.Name, Realm: by.Realm}.String()
}

// queries is what is remembered, for the pages.
func (s *Server) queries() history.Document {
	return s.options.History.Document(s.current.Load().shown().show())
}

// query is the story of one question.
func (s *Server) query(id string) (history.Story, bool) {
	return s.options.History.Story(id, s.current.Load().shown().show())
}
