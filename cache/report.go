package cache

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// tally counts how the mailboxes of one question were answered.
type tally struct{ missing, partial, coalesced int }

func (t *tally) missed(partly bool) {
	t.missing++
	if partly {
		t.partial++
	}
}

// report says in the span and in the counters where the answers came from.
func (l *lookup) report(ctx context.Context, span trace.Span) {
	stale := l.count(ctx)
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(
		attribute.String("availproxy.cache", l.outcome(stale)),
		attribute.Int("availproxy.mailboxes.count", len(l.answers)),
		attribute.Int("availproxy.cache.missed", l.tally.missing),
		attribute.Int("availproxy.cache.partial", l.tally.partial),
		attribute.Int("availproxy.cache.coalesced", l.tally.coalesced),
		attribute.Int("availproxy.cache.renewed", len(l.due)),
	)
}

// count adds the answers to the counters of their forests, and returns how many
// of them are stale.
func (l *lookup) count(ctx context.Context) (stale int) {
	m := &l.cache.store.metrics
	asked := make(map[int]bool, len(l.open))
	for _, o := range l.open {
		asked[o.at] = true
	}
	for i, a := range l.answers {
		forest := ""
		if a.Calendar != nil {
			forest = a.Calendar.Origin.Connector
		}
		of := m.of(forest)
		m.requests.Add(ctx, 1, of)
		switch {
		case a.Calendar != nil && a.Calendar.Origin.Stale:
			stale++
			m.stale.Add(ctx, 1, of)
		case !asked[i]:
			m.hits.Add(ctx, 1, of)
		}
	}
	m.partial.Add(ctx, int64(l.tally.partial))
	m.coalesced.Add(ctx, int64(l.tally.coalesced))
	m.renewed.Add(ctx, int64(len(l.due)))
	return stale
}

func (l *lookup) outcome(stale int) string {
	switch {
	case stale > 0:
		return "stale"
	case l.tally.missing == 0:
		return "fresh"
	case l.tally.missing < len(l.answers) || l.tally.partial > 0:
		return "partial"
	default:
		return "none"
	}
}
