package oauth

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"availproxy/freebusy"
)

const scope = "availproxy/oauth"

// startSpan begins the span of one token, held or fetched.
func startSpan(ctx context.Context, authServer string) (context.Context, trace.Span) {
	return otel.Tracer(scope).Start(ctx, "oauth.token",
		trace.WithAttributes(attribute.String("availproxy.auth_server", authServer)))
}

func endSpan(span trace.Span, err error) {
	span.SetAttributes(attribute.String("availproxy.outcome", outcome(err)))
	if err != nil {
		span.SetStatus(codes.Error, outcome(err))
		span.SetAttributes(attribute.String("error.type", outcome(err)))
		if te, ok := errors.AsType[*TokenError](err); ok {
			span.SetAttributes(attribute.String(freebusy.CauseAttribute, string(te.Cause())))
		}
	}
	span.End()
}

// countToken counts a token that was signed or asked for, not one from memory.
func countToken(ctx context.Context, authServer string, err error) {
	counter, _ := otel.Meter(scope).Int64Counter("availproxy.token.requests",
		metric.WithDescription("Tokens signed or asked for, by issuing authority and outcome."))
	counter.Add(ctx, 1, metric.WithAttributes(
		attribute.String("authority", authServer), attribute.String("outcome", outcome(err))))
}

// outcome is "ok", the kind of a TokenError, or "failed".
func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	if te, ok := errors.AsType[*TokenError](err); ok {
		return string(te.Kind)
	}
	return "failed"
}
