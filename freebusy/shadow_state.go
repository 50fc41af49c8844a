package freebusy

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// ShadowState is what a Shadow has found since it was made, for people to look
// at.
type ShadowState struct {
	// Mailboxes, each as often as it was asked for. Those are Equal that differ
	// in nothing but what is documented.
	Equal, Different, Skipped, Failed int

	Differences map[DifferenceKind]int
	Compared    time.Time        // the last one; zero when there was none
	LastFailure string           // why the other side did not answer the last time that it did not, safe to show
	Recent      []SeenDifference // the newest first, 20 at most
}

// SeenDifference is a Difference with where and when it was found.
type SeenDifference struct {
	Difference
	Mailbox Mailbox // personal data: show its pseudonym
	At      time.Time
}

const recentDifferences = 20

// tally is a ShadowState in the making.
type tally struct {
	mu    sync.Mutex // guards state
	state ShadowState

	once        sync.Once // makes what follows
	mailboxes   metric.Int64Counter
	differences metric.Int64Counter
}

// State returns what s has found so far.
func (s *Shadow) State() ShadowState {
	s.tally.mu.Lock()
	defer s.tally.mu.Unlock()
	state := s.tally.state
	state.Differences, state.Recent = maps.Clone(state.Differences), slices.Clone(state.Recent)
	return state
}

// Forget drops the differences that are remembered of some mailboxes, which match
// knows by [Mailbox.Key]. They stay counted.
func (s *Shadow) Forget(match func(address string) bool) {
	s.tally.mu.Lock()
	defer s.tally.mu.Unlock()
	s.tally.state.Recent = slices.DeleteFunc(s.tally.state.Recent, func(d SeenDifference) bool { return match(d.Mailbox.Key()) })
}

func (s *Shadow) skip(ctx context.Context, mailboxes int) {
	if mailboxes > 0 {
		s.note(ctx, "skipped", mailboxes, func(t *ShadowState) { t.Skipped += mailboxes })
	}
}

func (s *Shadow) fail(ctx context.Context, why *Error) {
	s.note(ctx, "failed", 1, func(t *ShadowState) {
		t.Failed++
		t.LastFailure = why.Error()
	})
}

// settle records what a comparison has found about m.
func (s *Shadow) settle(ctx context.Context, m Mailbox, found []Difference) {
	outcome := "equal"
	if slices.ContainsFunc(found, func(d Difference) bool { return !d.Kind.Documented() }) {
		outcome = "different"
	}
	s.note(ctx, outcome, 1, func(t *ShadowState) {
		t.Compared = time.Now()
		if outcome == "equal" {
			t.Equal++
		} else {
			t.Different++
		}
		for _, d := range found {
			t.add(SeenDifference{d, m, t.Compared})
		}
	})
	for _, d := range found {
		s.tally.differences.Add(ctx, 1, metric.WithAttributes(s.forest(), attribute.String("kind", string(d.Kind))))
	}
}

func (t *ShadowState) add(d SeenDifference) {
	if t.Differences == nil {
		t.Differences = map[DifferenceKind]int{}
	}
	t.Differences[d.Kind]++
	t.Recent = slices.Insert(t.Recent, 0, d)
	t.Recent = t.Recent[:min(len(t.Recent), recentDifferences)]
}

// note counts mailboxes and changes the state.
func (s *Shadow) note(ctx context.Context, outcome string, mailboxes int, change func(*ShadowState)) {
	s.tally.once.Do(s.tally.make)
	s.tally.mailboxes.Add(ctx, int64(mailboxes), metric.WithAttributes(s.forest(), attribute.String("outcome", outcome)))
	s.tally.mu.Lock()
	defer s.tally.mu.Unlock()
	change(&s.tally.state)
}

func (s *Shadow) forest() attribute.KeyValue { return attribute.String("forest", s.options.Connector) }

func (t *tally) make() {
	meter := otel.Meter(instrumentation) // constant names are valid names, so nothing fails below
	t.mailboxes, _ = meter.Int64Counter("availproxy.shadow.mailboxes",
		metric.WithDescription("Mailboxes whose answers were to be compared with those of the other back end, by what came of it."))
	t.differences, _ = meter.Int64Counter("availproxy.shadow.differences",
		metric.WithDescription("Differences between the answers of both back ends, by kind."))
}
