package freebusy

import (
	"cmp"
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Gather is a Source in front of the client of one endpoint. It makes one
// request of questions that come together and differ only in their mailboxes:
// the other side is asked less often, and a lone question waits no longer than
// anybody notices. Questions of different scopes never share a request.
type Gather struct {
	Source Source
	Wait   time.Duration // how long a question waits for others; 0 is 2 ms
	Most   int           // mailboxes in one request; 0 is 100

	mu   sync.Mutex // guards open
	open map[occasion]*batch
}

// occasion is what questions must have in common to share a request.
type occasion struct {
	scope    Scope
	window   Window // in UTC and without a monotonic clock, so that equal moments are equal
	detail   Detail
	interval time.Duration
}

// batch is one request: open until its time has come or it is full, then under
// way. It ends when it is done or when nobody waits for it any more.
type batch struct {
	on      occasion
	query   Query
	ctx     context.Context // that of the first question, without its end
	cancel  context.CancelFunc
	full    chan struct{} // closed when nobody else may join
	done    chan struct{} // closed when there will be no more answers
	members []*member
	waiting int // members that have not left
}

// member is one question within a batch.
type member struct {
	from, count int         // which mailboxes of the batch are its own
	answers     chan placed // has room for all; closed when no more will come
	err         error       // of the whole batch; readable once answers is closed
}

var _ Deliverer = (*Gather)(nil)

// Availability implements [Source].
func (g *Gather) Availability(ctx context.Context, q Query) ([]Answer, error) {
	return Collect(ctx, g, q)
}

// Deliver implements [Deliverer].
func (g *Gather) Deliver(ctx context.Context, q Query, yield func(i int, a Answer)) error {
	b, m := g.join(ctx, q)
	defer g.leave(b)
	got := make([]bool, m.count)
	for n := range m.count {
		var why error
		select {
		case a, more := <-m.answers:
			if more {
				got[a.place] = true
				yield(a.place, a.Answer)
				continue
			}
			why = cmp.Or(m.err, errNoAnswer)
			if n == 0 {
				return why
			}
		case <-ctx.Done():
			why = context.Cause(ctx)
		}
		for i := range got {
			if !got[i] {
				yield(i, Answer{Err: AsError(why)})
			}
		}
		return nil
	}
	return nil
}

// join puts q into a batch that is open for it, or opens one.
func (g *Gather) join(ctx context.Context, q Query) (*batch, *member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	on := occasion{q.Scope, Window{q.Window.Start.Round(0).UTC(), q.Window.End.Round(0).UTC()}, q.Detail, q.Interval}
	b, most := g.open[on], cmp.Or(g.Most, 100)
	if b != nil && len(b.query.Mailboxes)+len(q.Mailboxes) > most {
		g.close(b)
		b = nil
	}
	if b == nil {
		b = g.begin(ctx, on, q)
	} else {
		trace.SpanFromContext(ctx).AddLink(trace.Link{SpanContext: trace.SpanContextFromContext(b.ctx)})
	}
	m := &member{from: len(b.query.Mailboxes), count: len(q.Mailboxes), answers: make(chan placed, len(q.Mailboxes))}
	b.members, b.waiting = append(b.members, m), b.waiting+1
	b.query.Mailboxes = append(b.query.Mailboxes, q.Mailboxes...)
	if len(b.query.Mailboxes) >= most {
		g.close(b)
	}
	return b, m
}

// begin opens a batch. Its goroutine ends before the last of its members
// leaves.
func (g *Gather) begin(ctx context.Context, on occasion, q Query) *batch {
	q.Mailboxes = nil
	b := &batch{on: on, query: q, full: make(chan struct{}), done: make(chan struct{})}
	b.ctx, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if g.open == nil {
		g.open = map[occasion]*batch{}
	}
	g.open[on] = b
	go g.run(b)
	return b
}

// close lets nobody else into b.
func (g *Gather) close(b *batch) {
	if g.open[b.on] == b {
		delete(g.open, b.on)
		close(b.full)
	}
}

// leave takes a member out of b. The last one out ends it.
func (g *Gather) leave(b *batch) {
	g.mu.Lock()
	b.waiting--
	last := b.waiting == 0
	if last {
		g.close(b)
	}
	g.mu.Unlock()
	if last {
		b.cancel()
		<-b.done
	}
}

// run waits for company and asks.
func (g *Gather) run(b *batch) {
	defer close(b.done)
	timer := time.NewTimer(cmp.Or(g.Wait, 2*time.Millisecond))
	defer timer.Stop()
	select {
	case <-b.full:
	case <-timer.C:
	}
	g.mu.Lock()
	g.close(b)
	g.mu.Unlock()
	err := Deliver(b.ctx, g.Source, b.query, b.hand)
	for _, m := range b.members {
		m.err = err
		close(m.answers)
	}
}

// hand gives an answer to the member whose it is.
func (b *batch) hand(i int, a Answer) {
	for _, m := range b.members {
		if i < m.from+m.count {
			select {
			case m.answers <- placed{i - m.from, a}:
			default: // a source that answers twice
			}
			return
		}
	}
}
