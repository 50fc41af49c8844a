package cache

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// instruments count mailboxes, not questions. Misses are requests less hits.
type instruments struct {
	requests, hits, stale, partial, coalesced, renewed, evictions metric.Int64Counter

	forests *sync.Map // of metric.AddOption by connector, so that counting allocates nothing
}

// of is the attribute set of one forest; "" is nobody's, an error.
func (m *instruments) of(connector string) metric.AddOption {
	if made, ok := m.forests.Load(connector); ok {
		return made.(metric.AddOption)
	}
	option := metric.WithAttributeSet(attribute.NewSet(attribute.String("availproxy.forest", connector)))
	m.forests.Store(connector, option)
	return option
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
		forests:   &sync.Map{},
		partial:   counter("availproxy.cache.partial_hits", "Mailboxes of which some of the hours were known."),
		renewed:   counter("availproxy.cache.renewed", "Mailboxes that were answered from memory and fetched anew."),
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
