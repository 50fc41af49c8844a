package telemetry

import (
	"container/list"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// What bounds gatherings. A question for a hundred mailboxes in many forests has
// less than a hundred spans, and few questions are under way together.
const (
	mostGatherings = 1024 // traces under way
	mostSpans      = 8192 // of all traces together
	mostOfOne      = 512  // of one trace; what ends later is not told of
	mostRemembered = 256  // traces that were kept and have ended
)

// gathering is the spans of one trace that have ended.
type gathering struct {
	id     trace.TraceID
	spans  []sdk.ReadOnlySpan
	told   int    // how many of them somebody has been told of
	under  int    // spans that have begun and not ended, the root aside
	rooted bool   // the root has ended
	why    reason // what has ended is exported for; "" while it is not
	place  *list.Element
}

// untold returns the spans that nobody has been told of.
func (g *gathering) untold() []sdk.ReadOnlySpan {
	fresh := g.spans[g.told:len(g.spans):len(g.spans)]
	g.told = len(g.spans)
	return fresh
}

// gatherings are those of the traces that have begun and not ended. The zero
// value is ready.
type gatherings struct {
	byID  map[trace.TraceID]*gathering
	byAge list.List // of *gathering, oldest first
	spans int       // in all of them

	kept     map[trace.TraceID]reason // of traces that have ended and may go on
	keptRing [mostRemembered]trace.TraceID
	keptNext int
}

// began notes a span that is not a root. late is one whose parent has ended.
// It returns the gatherings that had to go for it.
func (a *gatherings) began(id trace.TraceID, late bool) (crowded []*gathering) {
	g := a.byID[id]
	if g == nil {
		for len(a.byID) >= mostGatherings || a.spans >= mostSpans {
			oldest := a.byAge.Front().Value.(*gathering)
			a.forget(oldest)
			if len(oldest.spans) > 0 {
				crowded = append(crowded, oldest)
			}
		}
		g = a.add(id, late)
	}
	g.under++
	return crowded
}

func (a *gatherings) add(id trace.TraceID, rooted bool) *gathering {
	if a.byID == nil {
		a.byID = map[trace.TraceID]*gathering{}
	}
	g := &gathering{id: id, rooted: rooted}
	if rooted {
		g.why = a.kept[id]
	}
	g.place = a.byAge.PushBack(g)
	a.byID[id] = g
	return g
}

// ended adds span to its trace. One whose trace is not there, any more, is alone.
func (a *gatherings) ended(span sdk.ReadOnlySpan, root bool) *gathering {
	id := span.SpanContext().TraceID()
	g := a.byID[id]
	if g == nil {
		g = &gathering{id: id, rooted: !root, under: 1, why: a.kept[id]}
		if root {
			g.under = 0
		}
	}
	if !root {
		g.under--
	}
	if len(g.spans) < mostOfOne || root {
		g.spans = append(g.spans, span)
		if g.place != nil {
			a.spans++
		}
	}
	return g
}

// forget takes g out, if it is in.
func (a *gatherings) forget(g *gathering) {
	if g.place == nil {
		return
	}
	a.spans -= len(g.spans)
	a.byAge.Remove(g.place)
	delete(a.byID, g.id)
	g.place = nil
}

// remember notes that g has been kept, for what comes when it has been forgotten.
func (a *gatherings) remember(g *gathering) {
	if a.kept == nil {
		a.kept = map[trace.TraceID]reason{}
	}
	delete(a.kept, a.keptRing[a.keptNext])
	a.keptRing[a.keptNext] = g.id
	a.keptNext = (a.keptNext + 1) % mostRemembered
	a.kept[g.id] = g.why
}

// empty takes all of them out, oldest first.
func (a *gatherings) empty() (all []*gathering) {
	for a.byAge.Len() > 0 {
		g := a.byAge.Front().Value.(*gathering)
		a.forget(g)
		if len(g.spans) > 0 {
			all = append(all, g)
		}
	}
	return all
}
