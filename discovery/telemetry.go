package discovery

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// scope names this package to OpenTelemetry.
const scope = "availproxy/discovery"

// metrics count what a Directory does. No attribute holds an address.
type metrics struct {
	attempts, redirectsRefused, authDowngrade metric.Int64Counter
}

func newMetrics() (m metrics, err error) {
	meter := otel.Meter(scope)
	if m.attempts, err = meter.Int64Counter("availproxy.discovery.attempts",
		metric.WithDescription("Requests to autodiscover services, by connector and outcome.")); err != nil {
		return m, err
	}
	if m.redirectsRefused, err = meter.Int64Counter("availproxy.discovery.redirects_refused",
		metric.WithDescription("Redirects and discovered URLs that were not followed, by reason.")); err != nil {
		return m, err
	}
	m.authDowngrade, err = meter.Int64Counter("availproxy.discovery.auth_downgrade",
		metric.WithDescription("Autodiscover services that offered nothing better than Basic authentication."))
	return m, err
}

func (m *metrics) attempt(ctx context.Context, connector, outcome string) {
	forest := attribute.String("forest", connector)
	m.attempts.Add(ctx, 1, metric.WithAttributes(forest, attribute.String("outcome", outcome)))
	if outcome == string(AuthDowngradeRefused) {
		m.authDowngrade.Add(ctx, 1, metric.WithAttributes(forest))
	}
}

func (m *metrics) refused(ctx context.Context, reason string) {
	m.redirectsRefused.Add(ctx, 1, metric.WithAttributes(attribute.String("reason", reason)))
}
