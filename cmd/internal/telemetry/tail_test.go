package telemetry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// stage is a tail behind a tracer, with a clock that stands still unless told.
type stage struct {
	trace.Tracer
	provider *sdk.TracerProvider
	tail     *tail
	sent     *tracetest.InMemoryExporter
	now      time.Time

	mu   sync.Mutex // guards told
	told []string
}

func newStage(t *testing.T, sampler sdk.Sampler) *stage {
	s := &stage{sent: tracetest.NewInMemoryExporter(), now: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
	s.tail = &tail{next: sdk.NewSimpleSpanProcessor(s.sent), slow: 2 * time.Second, finished: s.finished}
	s.provider = sdk.NewTracerProvider(sdk.WithSampler(head{sdk.ParentBased(sampler)}), sdk.WithSpanProcessor(s.tail))
	s.Tracer = s.provider.Tracer("test")
	t.Cleanup(func() { s.provider.Shutdown(context.Background()) })
	return s
}

func (s *stage) finished(about Trace) {
	s.mu.Lock()
	defer s.mu.Unlock()
	words := []string{}
	for _, h := range about.Hops() {
		words = append(words, h.Name)
	}
	line := strings.Join(words, " ")
	if about.Late {
		line = "late: " + line
	}
	if about.Failed() {
		line += " (failed)"
	}
	s.told = append(s.told, line)
}

func (s *stage) begin(ctx context.Context, name string) (context.Context, trace.Span) {
	return s.Start(ctx, name, trace.WithTimestamp(s.now))
}

func (s *stage) end(span trace.Span) { span.End(trace.WithTimestamp(s.now)) }

func (s *stage) fail(span trace.Span) {
	span.SetStatus(codes.Error, "ErrorTimeoutExpired")
	s.end(span)
}

// question is a root with one hop in it, which ends as end says.
func (s *stage) question(end func(trace.Span)) context.Context {
	ctx, root := s.begin(context.Background(), "query")
	_, hop := s.begin(ctx, "hop")
	end(hop)
	s.end(root)
	return ctx
}

func (s *stage) names() (names []string) {
	for _, span := range s.sent.GetSpans() {
		name := span.Name
		for _, a := range span.Attributes {
			if a.Key == "availproxy.trace.kept" {
				name += " " + a.Value.AsString()
			}
		}
		names = append(names, name)
	}
	return names
}

func TestTailKeepsWhatTheSamplerDoesNotWant(t *testing.T) {
	slowly := func(s *stage) func(trace.Span) {
		return func(span trace.Span) { s.now = s.now.Add(2 * time.Second); s.end(span) }
	}
	tests := map[string]struct {
		sampler    sdk.Sampler // nil: never
		play       func(s *stage)
		sent, told []string
	}{
		"a question that went well is told of and not sent": {
			play: func(s *stage) { s.question(s.end) },
			told: []string{"query hop"},
		},
		"one that is sampled is sent, each hop as it ends": {
			sampler: sdk.AlwaysSample(),
			play:    func(s *stage) { s.question(s.end) },
			sent:    []string{"hop", "query"}, told: []string{"query hop"},
		},
		"one that is sampled and fails is sent once, without a reason": {
			sampler: sdk.AlwaysSample(),
			play:    func(s *stage) { s.question(s.fail) },
			sent:    []string{"hop", "query"}, told: []string{"query hop (failed)"},
		},
		"one of whose hops failed is kept whole": {
			play: func(s *stage) { s.question(s.fail) },
			sent: []string{"hop failed", "query failed"}, told: []string{"query hop (failed)"},
		},
		"one of whose hops was slow is kept whole": {
			play: func(s *stage) { s.question(slowly(s)) },
			sent: []string{"hop slow", "query slow"}, told: []string{"query hop"},
		},
		"a lone span that is refused is kept": {
			play: func(s *stage) { _, root := s.begin(context.Background(), "refused"); s.fail(root) },
			sent: []string{"refused failed"}, told: []string{"refused (failed)"},
		},
		"what goes on after the answer of a question that was kept follows it": {
			play: func(s *stage) {
				ctx, root := s.begin(context.Background(), "query")
				fetching, fetch := s.begin(ctx, "fetch")
				s.fail(root)
				_, hop := s.begin(fetching, "hop")
				s.end(hop)
				s.end(fetch)
			},
			sent: []string{"query failed", "hop failed", "fetch failed"}, told: []string{"query (failed)", "late: fetch hop"},
		},
		"what fails after the answer keeps the question, too": {
			play: func(s *stage) {
				ctx, root := s.begin(context.Background(), "query")
				_, fetch := s.begin(ctx, "fetch")
				s.end(root)
				s.fail(fetch)
			},
			sent: []string{"query failed", "fetch failed"}, told: []string{"query", "late: fetch (failed)"},
		},
		"what goes well after the answer is told of and not sent": {
			play: func(s *stage) {
				ctx, root := s.begin(context.Background(), "query")
				_, fetch := s.begin(ctx, "fetch")
				s.end(root)
				s.end(fetch)
			},
			told: []string{"query", "late: fetch"},
		},
		"what begins after all of a question that was kept has ended follows it": {
			play: func(s *stage) {
				_, late := s.begin(s.question(s.fail), "late")
				s.end(late)
			},
			sent: []string{"hop failed", "query failed", "late failed"}, told: []string{"query hop (failed)", "late: late"},
		},
		"what begins after all of another has ended decides for itself": {
			play: func(s *stage) {
				ctx := s.question(s.end)
				_, well := s.begin(ctx, "well")
				s.end(well)
				_, badly := s.begin(ctx, "badly")
				s.fail(badly)
			},
			sent: []string{"badly failed"}, told: []string{"query hop", "late: well", "late: badly (failed)"},
		},
		"a trace of a caller is no parent of ours": {
			play: func(s *stage) {
				theirs := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, Remote: true})
				_, root := s.begin(trace.ContextWithRemoteSpanContext(context.Background(), theirs), "query")
				s.fail(root)
			},
			sent: []string{"query failed"}, told: []string{"query (failed)"},
		},
		"what failed before a shutdown is sent though its root has not ended": {
			play: func(s *stage) {
				ctx, _ := s.begin(context.Background(), "query")
				_, hop := s.begin(ctx, "hop")
				s.fail(hop)
				s.tail.next = sdk.NewSimpleSpanProcessor(staying{s.sent})
				s.provider.Shutdown(context.Background())
			},
			sent: []string{"hop failed"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sampler := tt.sampler
			if sampler == nil {
				sampler = sdk.NeverSample()
			}
			s := newStage(t, sampler)
			tt.play(s)
			if diff := cmp.Diff(tt.sent, s.names()); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.told, s.told); diff != "" {
				t.Errorf("told of (-want +got):\n%s", diff)
			}
			if left := len(s.tail.open.byID); left != 0 || s.tail.open.spans != 0 {
				t.Errorf("%d traces with %d spans are left", left, s.tail.open.spans)
			}
		})
	}
}

// staying keeps what it has after a shutdown.
type staying struct{ *tracetest.InMemoryExporter }

func (staying) Shutdown(context.Context) error { return nil }

func TestTailIsBounded(t *testing.T) {
	tests := map[string]struct {
		play func(s *stage)
		sent int
	}{
		"traces that never end make room for others": {play: func(s *stage) {
			for range 3 * mostGatherings {
				ctx, _ := s.begin(context.Background(), "query")
				s.begin(ctx, "hop")
			}
		}},
		"spans of many that are under way make room for others, and what failed is not lost": {play: func(s *stage) {
			for range 2 * mostSpans / mostOfOne {
				ctx, _ := s.begin(context.Background(), "query")
				for range mostOfOne {
					_, hop := s.begin(ctx, "hop")
					s.fail(hop)
				}
			}
		}, sent: 16 * mostOfOne},
		"a trace of many spans tells of the first": {play: func(s *stage) {
			ctx, root := s.begin(context.Background(), "query")
			for range 3 * mostOfOne {
				_, hop := s.begin(ctx, "hop")
				s.end(hop)
			}
			s.fail(root)
		}, sent: mostOfOne + 1},
		"where all fails, some are kept": {play: func(s *stage) {
			for range 3 * keptAtOnce {
				_, root := s.begin(context.Background(), "refused")
				s.fail(root)
			}
		}, sent: keptAtOnce},
		"those who are refused leave room for questions that fail": {play: func(s *stage) {
			for range keptAtOnce {
				_, root := s.begin(context.Background(), "refused")
				s.fail(root)
			}
			s.question(s.fail)
		}, sent: keptAtOnce + 2},
		"no more is remembered of traces that were kept than will be needed": {play: func(s *stage) {
			for i := range 3 * mostRemembered {
				ctx, root := s.begin(context.Background(), fmt.Sprint(i%mostKinds))
				_, hop := s.begin(ctx, "hop")
				s.end(hop)
				s.fail(root)
			}
		}, sent: 6 * mostRemembered},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, sdk.NeverSample())
			tt.play(s)
			if sent := len(s.sent.GetSpans()); sent != tt.sent {
				t.Errorf("%d spans were sent, want %d", sent, tt.sent)
			}
			open := &s.tail.open
			if len(open.byID) > mostGatherings || open.byAge.Len() != len(open.byID) || open.spans > mostSpans+mostOfOne || len(open.kept) > mostRemembered {
				t.Errorf("it holds %d traces (%d by age) with %d spans, and remembers %d", len(open.byID), open.byAge.Len(), open.spans, len(open.kept))
			}
		})
	}
}

func TestTailStandsMany(t *testing.T) {
	s := newStage(t, sdk.NeverSample())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				ctx, root := s.begin(context.Background(), "query")
				var hops sync.WaitGroup
				for range 3 {
					_, hop := s.begin(ctx, "hop")
					hops.Go(func() { s.end(hop) })
				}
				s.end(root)
				hops.Wait()
			}
		})
	}
	all.Wait()
	hops := 0
	for _, line := range s.told {
		hops += strings.Count(line, "hop")
	}
	if hops != 8*200*3 || len(s.tail.open.byID) != 0 {
		t.Errorf("told of %d hops, want %d; %d traces are left", hops, 8*200*3, len(s.tail.open.byID))
	}
}

func TestSamplerAsTheEnvironmentSays(t *testing.T) {
	tests := map[string]struct {
		name, arg string
		sampled   bool
		fails     bool
	}{
		"by default all":                    {sampled: true},
		"always_on":                         {name: "always_on", sampled: true},
		"always_off":                        {name: "always_off"},
		"always_off where a parent decides": {name: "parentbased_always_off"},
		"a ratio of none":                   {name: "parentbased_traceidratio", arg: "0"},
		"a ratio of all":                    {name: "traceidratio", arg: "1.0", sampled: true},
		"a ratio without a number":          {name: "traceidratio", sampled: true},
		"a ratio that is none":              {name: "traceidratio", arg: "2", sampled: true, fails: true},
		"a ratio that is not a number":      {name: "traceidratio", arg: "NaN", sampled: true, fails: true},
		"what nobody knows":                 {name: "jaeger_remote", sampled: true, fails: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := samplerNamed(tt.name, tt.arg)
			if (err != nil) != tt.fails {
				t.Errorf("got %v, want an error: %t", err, tt.fails)
			}
			sampler := headFrom(func(name string) string {
				return map[string]string{"OTEL_TRACES_SAMPLER": tt.name, "OTEL_TRACES_SAMPLER_ARG": tt.arg}[name]
			})
			got := sampler.ShouldSample(sdk.SamplingParameters{ParentContext: t.Context(), TraceID: trace.TraceID{15: 1}}).Decision
			if want := map[bool]sdk.SamplingDecision{true: sdk.RecordAndSample, false: sdk.RecordOnly}[tt.sampled]; got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestTraceTellsItsStory(t *testing.T) {
	s := newStage(t, sdk.NeverSample())
	var got Trace
	s.tail.finished = func(about Trace) { got = about }
	theirs := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	ctx, root := s.Start(context.Background(), "query", trace.WithTimestamp(s.now), trace.WithLinks(trace.Link{SpanContext: theirs}))
	_, hop := s.begin(ctx, "hop")
	s.now = s.now.Add(time.Second)
	s.fail(hop)
	s.end(root)
	id := root.SpanContext().TraceID().String()
	if got.ID() != id || got.Name() != "query" || got.Duration() != time.Second || !got.Start().Equal(s.now.Add(-time.Second)) || !got.Failed() {
		t.Errorf("got %s %s %v %v failed: %t", got.ID(), got.Name(), got.Start(), got.Duration(), got.Failed())
	}
	hops := got.Hops()
	if len(hops) != 2 || hops[0].Parent != "" || hops[1].Parent != hops[0].ID || hops[1].Depth != 1 || !hops[1].Failed || hops[1].Err != "ErrorTimeoutExpired" {
		t.Fatalf("the hops are %+v", hops)
	}
	if want := []string{theirs.TraceID().String()}; !slices.Equal(hops[0].Links, want) {
		t.Errorf("the links are %v, want %v", hops[0].Links, want)
	}
}

// BenchmarkTail is what one question costs that memory can answer, beside what it
// costs without a tail.
func BenchmarkTail(b *testing.B) {
	ring, next := make([]Trace, 1000), 0
	for name, options := range map[string][]sdk.TracerProviderOption{
		"without": {sdk.WithSampler(sdk.AlwaysSample())},
		"with": {sdk.WithSampler(head{sdk.NeverSample()}), sdk.WithSpanProcessor(&tail{
			slow: SlowTrace, finished: func(t Trace) { ring[next%len(ring)] = t; next++ },
		})},
	} {
		tracer := sdk.NewTracerProvider(options...).Tracer("bench")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, span := tracer.Start(context.Background(), "availability.query")
				span.End()
			}
		})
	}
}
