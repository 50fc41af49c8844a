package cache

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// instruments count mailboxes, not questions. Misses are requests less hits.
type instruments struct {
	requests, hits, stale, coalesced, evictions metric.Int64Counter
}

func newInstruments(s *Store) (m instruments, err error) {
	meter := otel.Meter("availproxy/cache")
	counter := func(name, description string) metric.Int64Counter {
		c, e := meter.Int64Counter(name, metric.WithDescription(description), metric.WithUnit("{mailbox}"))
		if e != nil {
			err = e
		}
		return c
	}
	m = instruments{
		requests:  counter("availproxy.cache.requests", "Mailboxes that were looked up."),
		hits:      counter("availproxy.cache.hits", "Mailboxes that were answered from memory while fresh."),
		stale:     counter("availproxy.cache.served_stale", "Mailboxes that were answered from memory because asking failed."),
		coalesced: counter("availproxy.cache.coalesced", "Mailboxes that waited for a fetch already under way."),
		evictions: counter("availproxy.cache.evictions", "Mailboxes that were forgotten for lack of memory."),
	}
	if err != nil {
		return m, err
	}
	_, err = meter.Int64ObservableGauge("availproxy.cache.entries", metric.WithUnit("{mailbox}"),
		metric.WithDescription("Mailboxes held."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(int64(s.Stats().Mailboxes))
			return nil
		}))
	if err != nil {
		return m, err
	}
	_, err = meter.Int64ObservableGauge("availproxy.cache.size", metric.WithUnit("By"),
		metric.WithDescription("Memory held, as estimated."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(s.Stats().Bytes)
			return nil
		}))
	return m, err
}

func (m *instruments) evicted() { m.evictions.Add(context.Background(), 1) }
