package cache

import (
	"cmp"
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// counted are the numbers of Counts, as metrics.
var counted = []struct {
	name, description, unit string
	now                     bool // what is held now, and may become less
	in                      func(Counts) int64
}{
	{"requests", "Mailboxes that were looked up.", "{mailbox}", false, func(c Counts) int64 { return c.Requests }},
	{"hits", "Mailboxes that were answered from memory while fresh.", "{mailbox}", false, func(c Counts) int64 { return c.Hits }},
	{"negative_hits", "Mailboxes that were answered with a failure from memory.", "{mailbox}", false, func(c Counts) int64 { return c.Negative }},
	{"served_stale", "Mailboxes that were answered from memory though no longer fresh.", "{mailbox}", false, func(c Counts) int64 { return c.Stale }},
	{"misses", "Mailboxes that were not answered from memory.", "{mailbox}", false, func(c Counts) int64 { return c.Misses }},
	{"partial_hits", "Mailboxes of which some of the hours were known.", "{mailbox}", false, func(c Counts) int64 { return c.Partial }},
	{"coalesced", "Mailboxes that waited for a fetch already under way.", "{mailbox}", false, func(c Counts) int64 { return c.Coalesced }},
	{"renewed", "Mailboxes that were answered from memory and fetched anew.", "{mailbox}", false, func(c Counts) int64 { return c.Renewed }},
	{"fetched", "Mailboxes that were asked for behind the cache, once for each stretch of hours.", "{mailbox}", false, func(c Counts) int64 { return c.Fetched }},
	{"evictions", "Mailboxes that were forgotten for lack of memory.", "{mailbox}", false, func(c Counts) int64 { return c.Evicted }},
	{"purged", "Mailboxes that were forgotten because an operator said so.", "{mailbox}", false, func(c Counts) int64 { return c.Purged }},
	{"entries", "Mailboxes held.", "{mailbox}", true, func(c Counts) int64 { return c.Mailboxes }},
	{"size", "Memory held, as estimated.", "By", true, func(c Counts) int64 { return c.Bytes }},
}

// nobody is the forest of mailboxes to which no connector leads. No value at all
// would look like a total.
const nobody = "none"

// publish makes metrics of the tallies. They are read when somebody collects, so
// that a question does not pay for it.
func publish(t *tallies) error {
	meter := otel.Meter("availproxy/cache")
	instruments, all := make([]metric.Int64Observable, len(counted)), make([]metric.Observable, len(counted))
	for i, of := range counted {
		var err error
		name, description, unit := "availproxy.cache."+of.name, metric.WithDescription(of.description), metric.WithUnit(of.unit)
		if of.now {
			instruments[i], err = meter.Int64ObservableGauge(name, description, unit)
		} else {
			instruments[i], err = meter.Int64ObservableCounter(name, description, unit)
		}
		if err != nil {
			return err
		}
		all[i] = instruments[i]
	}
	_, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for _, c := range t.counts() {
			forest := metric.WithAttributes(attribute.String("forest", cmp.Or(c.Forest, nobody)))
			for i := range counted {
				o.ObserveInt64(instruments[i], counted[i].in(c), forest)
			}
		}
		return nil
	}, all...)
	return err
}
