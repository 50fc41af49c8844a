package oauth

import (
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// tellOf puts into a trace what a token says: most refusals are explained by it.
func tellOf(span trace.Span, t Token) {
	if !span.IsRecording() {
		return
	}
	if story := t.Story(); story != "" {
		span.SetAttributes(attribute.String("availproxy.token.claims", story))
	}
}
