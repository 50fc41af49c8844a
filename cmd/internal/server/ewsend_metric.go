package server

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// publishEWSEnd makes a metric of the days that EWS has left, by connector,
// negative when it is over. It is read when somebody collects, from the
// configuration in force then; a connector without such a day has no value.
func (s *Server) publishEWSEnd() error {
	_, err := otel.Meter("availproxy/server").Int64ObservableGauge("availproxy.ews.remaining",
		metric.WithDescription("Whole days until EWS ends for a connector, negative when it has."), metric.WithUnit("d"),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			now := time.Now()
			for name, f := range s.current.Load().forests {
				if days, ok := f.daysOfEWS(now); ok {
					o.Observe(int64(days), metric.WithAttributes(attribute.String("forest", name)))
				}
			}
			return nil
		}))
	return err
}
