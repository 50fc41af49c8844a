package cache

import (
	"cmp"
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"availproxy/freebusy"
)

// counted are the numbers of Counts, as metrics.
var counted = []struct {
	name, kind        string // a metric may be there of several kinds
	description, unit string
	now               bool // what is held now, and may become less
	in                func(Counts) int64
}{
	{"requests", "", "Mailboxes that were looked up.", "{mailbox}", false, func(c Counts) int64 { return c.Requests }},
	{"hits", "answer", "Mailboxes that were answered from memory, with what is fresh or with a failure of late.", "{mailbox}", false, func(c Counts) int64 { return c.Hits }},
	{"hits", "failure", "", "", false, func(c Counts) int64 { return c.Negative }},
	{"served_stale", "", "Mailboxes that were answered from memory though no longer fresh.", "{mailbox}", false, func(c Counts) int64 { return c.Stale }},
	{"misses", "", "Mailboxes that were not answered from memory.", "{mailbox}", false, func(c Counts) int64 { return c.Misses }},
	{"partial_hits", "", "Mailboxes of which some of the hours were known.", "{mailbox}", false, func(c Counts) int64 { return c.Partial }},
	{"coalesced", "", "Mailboxes that waited for a fetch already under way.", "{mailbox}", false, func(c Counts) int64 { return c.Coalesced }},
	{"renewed", "", "Mailboxes that were answered from memory and fetched anew.", "{mailbox}", false, func(c Counts) int64 { return c.Renewed }},
	{"fetched", "", "Mailboxes that were asked for behind the cache, once for each stretch of hours.", "{mailbox}", false, func(c Counts) int64 { return c.Fetched }},
	{"evictions", "", "Mailboxes that were forgotten for lack of memory.", "{mailbox}", false, func(c Counts) int64 { return c.Evicted }},
	{"purged", "", "Mailboxes that were forgotten because an operator said so.", "{mailbox}", false, func(c Counts) int64 { return c.Purged }},
	{"entries", "", "Mailboxes held.", "{mailbox}", true, func(c Counts) int64 { return c.Mailboxes }},
	{"size", "", "Memory held, as estimated.", "By", true, func(c Counts) int64 { return c.Bytes }},
}

// nobody is the forest of mailboxes to which no connector leads. No value at all
// would look like a total.
const nobody = "none"

// publish makes metrics of the tallies. They are read when somebody collects, so
// that a question does not pay for it.
func publish(t *tallies) error {
	meter := otel.Meter("availproxy/cache")
	instruments, all := map[string]metric.Int64Observable{}, []metric.Observable{}
	for _, of := range counted {
		if instruments[of.name] != nil {
			continue
		}
		var err error
		name, description, unit := "availproxy.cache."+of.name, metric.WithDescription(of.description), metric.WithUnit(of.unit)
		if of.now {
			instruments[of.name], err = meter.Int64ObservableGauge(name, description, unit)
		} else {
			instruments[of.name], err = meter.Int64ObservableCounter(name, description, unit)
		}
		if err != nil {
			return err
		}
		all = append(all, instruments[of.name])
	}
	answered, err := meter.Int64ObservableCounter(freebusy.MailboxesMetric, metric.WithUnit("{mailbox}"), metric.WithDescription(freebusy.MailboxesDescription))
	if err != nil {
		return err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for _, one := range t.sorted() {
			one.observe(o, instruments, answered)
		}
		return nil
	}, append(all, answered)...)
	return err
}

// observe tells the numbers of one forest.
func (t *tally) observe(o metric.Observer, instruments map[string]metric.Int64Observable, answered metric.Int64Observable) {
	forest, c := attribute.String("forest", cmp.Or(t.forest, nobody)), t.counts()
	for _, of := range counted {
		with := []attribute.KeyValue{forest}
		if of.kind != "" {
			with = append(with, attribute.String("kind", of.kind))
		}
		o.ObserveInt64(instruments[of.name], of.in(c), metric.WithAttributes(with...))
	}
	from := func(source, code string, n int64) {
		o.ObserveInt64(answered, n, metric.WithAttributes(forest, attribute.String("source", source), attribute.String("code", code)))
	}
	from("cache", string(freebusy.NoError), c.Hits)
	from("stale", string(freebusy.NoError), c.Stale)
	for code, n := range t.failures.All() {
		from("cache", code, n)
	}
}
