package telemetry

import (
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Hop is one step on the path of a question.
type Hop struct {
	Name       string
	Depth      int    // how many of the hops that came with it enclose this one
	ID, Parent string // span ids, 16 hexadecimal digits; Parent is "" for a root
	Start      time.Time
	Duration   time.Duration
	Attributes map[string]string
	Links      []string // trace ids, 32 hexadecimal digits: what it waited for, or who sent it
	Failed     bool
	Err        string // of one that failed: a code, not a text from outside
}

// hops sorts spans, which are in the order in which they ended, by when they
// started. It leaves spans as they are.
func hops(spans []sdk.ReadOnlySpan) []Hop {
	// Of two that started together, the one that ended later encloses the other.
	spans = slices.Clone(spans)
	slices.Reverse(spans)
	slices.SortStableFunc(spans, func(a, b sdk.ReadOnlySpan) int {
		if c := a.StartTime().Compare(b.StartTime()); c != 0 {
			return c
		}
		return b.EndTime().Compare(a.EndTime())
	})
	parents := make(map[trace.SpanID]sdk.ReadOnlySpan, len(spans))
	for _, span := range spans {
		parents[span.SpanContext().SpanID()] = span
	}
	list := make([]Hop, len(spans))
	for i, span := range spans {
		list[i] = hop(span)
		list[i].Depth = depth(span, parents)
	}
	return list
}

func hop(span sdk.ReadOnlySpan) Hop {
	h := Hop{
		Name: span.Name(), ID: span.SpanContext().SpanID().String(), Start: span.StartTime(), Duration: took(span),
		Attributes: words(span.Attributes()), Failed: failed(span), Err: span.Status().Description,
	}
	if !isRoot(span) {
		h.Parent = span.Parent().SpanID().String()
	}
	for _, link := range span.Links() {
		h.Links = append(h.Links, link.SpanContext.TraceID().String())
	}
	return h
}

func depth(span sdk.ReadOnlySpan, spans map[trace.SpanID]sdk.ReadOnlySpan) (n int) {
	for {
		parent, ok := spans[span.Parent().SpanID()]
		if !ok {
			return n
		}
		span, n = parent, n+1
	}
}

func words(attributes []attribute.KeyValue) map[string]string {
	m := make(map[string]string, len(attributes))
	for _, a := range attributes {
		m[string(a.Key)] = a.Value.String()
	}
	return m
}
