package history

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
)

// remembering has traces end in a History, until the test ends.
func remembering(t *testing.T, o Options) *History {
	t.Helper()
	h := New(o)
	running, err := telemetry.Start(t.Context(), telemetry.Options{Getenv: func(string) string { return "" }, Finished: h.Finished})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return h
}

var tracer = func() trace.Tracer { return otel.Tracer("test") }

// monday is a question about one day.
func monday(addresses ...string) freebusy.Query {
	start := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	q := freebusy.Query{Window: freebusy.Window{Start: start, End: start.AddDate(0, 0, 1)}, Detail: freebusy.Detailed, Interval: 30 * time.Minute}
	for _, a := range addresses {
		q.Mailboxes = append(q.Mailboxes, freebusy.SMTP(a))
	}
	return q
}

// ask leaves a question with that answer, and returns its id.
func ask(t *testing.T, h *History, q freebusy.Query, answers []freebusy.Answer, err error) (id string) {
	t.Helper()
	ctx, span := tracer().Start(t.Context(), rootQuery, trace.WithAttributes(attribute.String("availproxy.view", "DetailedMerged")))
	h.Note(ctx, Asker{}, q, answers, err)
	span.End()
	return span.SpanContext().TraceID().String()
}

// open lets everything through, and marks texts.
var open = Show{Principal: byName, Mailbox: func(m freebusy.Mailbox) string { return m.Address }, Text: func(text string) string { return text }}

func byName(a Asker) string { return a.Realm + `\` + a.Name }

// guarded is what pages usually show.
func guarded() Show {
	names := freebusy.NewPseudonyms("0123456789abcdef")
	mask := telemetry.Discretion(func(text string) string { return names.Mask(text, nil) })
	return Show{Mailbox: names.Of, Principal: byName, Text: mask.Hide}
}

func answered(origin freebusy.Origin) freebusy.Answer {
	return freebusy.Answer{Calendar: &freebusy.Calendar{Origin: origin}}
}

func TestAStoryTellsOfTheWholePath(t *testing.T) {
	h := remembering(t, Options{})
	down := freebusy.ProxyFailed("down", fmt.Errorf("dial mail.fabrikam.com for eve@fabrikam.com with eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.AAAA"))
	origin := freebusy.Origin{Connector: "ToCloud", Backend: "ews", URL: "https://outlook.example/EWS/Exchange.asmx", RequestID: "r-1"}
	q := monday("anna@contoso.com", "eve@fabrikam.com", "ben@contoso.com")
	q.Scope.Requester = "li.na@contoso.com"

	ctx, root := tracer().Start(t.Context(), rootQuery, trace.WithAttributes(attribute.String("availproxy.outcome", "partial"), attribute.String("availproxy.caller.build", "14.03.0123.003")))
	_, resolve := tracer().Start(ctx, "discovery.resolve", trace.WithAttributes(attribute.String("availproxy.discovery.cache", "miss")))
	resolve.End()
	_, token := tracer().Start(ctx, "oauth.token", trace.WithAttributes(attribute.String("availproxy.auth_server", "ACS"), attribute.String("availproxy.outcome", "ok"),
		attribute.String(claimsAttribute, `{"alg":"RS256"}.{"aud":"x"}`)))
	token.End()
	_, post := tracer().Start(ctx, "HTTP POST", trace.WithAttributes(attribute.String("http.request.method", "POST"), attribute.String("server.address", "outlook.example"),
		attribute.Int("http.response.status_code", 503), attribute.String("availproxy.server_request_id", "r-2"), attribute.String("url.full", "https://outlook.example/?who=eve@fabrikam.com")))
	post.SetStatus(codes.Error, "503")
	post.End()
	h.Note(ctx, Asker{"ntlm", "EX2010$", "CONTOSO"}, q, []freebusy.Answer{answered(origin), {Err: down}, answered(origin)}, nil)
	root.End()

	d := h.Document(guarded())
	if len(d.Questions) != 1 || len(d.Failures) != 1 {
		t.Fatalf("there are %d questions and %d failures", len(d.Questions), len(d.Failures))
	}
	s, known := h.Story(root.SpanContext().TraceID().String(), guarded())
	if !known || s.Outcome != "partial" || s.Who.Principal != `CONTOSO\EX2010$` || s.Who.Caller != "14.03.0123.003" {
		t.Fatalf("got %+v", s)
	}
	if m := s.Mailboxes; len(m) != 3 || m[0].Code != "NoError" || m[0].RequestID != "r-1" || m[1].Code != "ErrorProxyRequestProcessingFailed" || m[2].Connector != "ToCloud" {
		t.Errorf("the mailboxes are %+v", m)
	}
	if len(s.Discovery) != 1 || s.Discovery[0].From != "miss" || len(s.Tokens) != 1 || !strings.Contains(s.Tokens[0].Claims, "aud") {
		t.Errorf("discovery is %+v, tokens are %+v", s.Discovery, s.Tokens)
	}
	if u := s.Upstream; len(u) != 1 || u[0].Status != "503" || u[0].RequestID != "r-2" || u[0].Error != "503" {
		t.Errorf("others were asked %+v", u)
	}
	if len(s.Remedies) != 1 || len(s.Hops) != 4 || s.Hops[0].Name != rootQuery || s.Hops[1].Depth != 1 {
		t.Errorf("the remedies are %v, the hops %+v", s.Remedies, s.Hops)
	}
	told := fmt.Sprintf("%+v", d)
	for _, secret := range []string{"@contoso.com", "eve@", "eyJ"} {
		if strings.Contains(told, secret) {
			t.Errorf("it tells %s: %s", secret, told)
		}
	}
	if candid, _ := h.Story(s.ID, open); candid.Mailboxes[1].Mailbox != "eve@fabrikam.com" || candid.Who.Requester != "li.na@contoso.com" {
		t.Errorf("where addresses may be seen there are %+v", candid.Mailboxes)
	}
}

func TestFailuresAreKeptLonger(t *testing.T) {
	h := remembering(t, Options{Questions: 3, Failures: 2})
	gone := []freebusy.Answer{{Err: freebusy.TimeoutExpired(nil)}}
	first := ask(t, h, monday("a@contoso.com"), gone, nil)
	second := ask(t, h, monday("b@contoso.com"), nil, errors.New("the whole question"))
	for range 5 {
		ask(t, h, monday("c@contoso.com"), []freebusy.Answer{answered(freebusy.Origin{})}, nil)
	}
	d := h.Document(guarded())
	if len(d.Questions) != 3 || len(d.Failures) != 2 || d.Failures[0].ID != second || d.Failures[1].ID != first {
		t.Errorf("there are %d questions, and failures %+v", len(d.Questions), d.Failures)
	}
	if d.Failures[0].Fault == nil || d.Failures[0].Fault.Code != "ErrorProxyRequestProcessingFailed" {
		t.Errorf("the failed question is %+v", d.Failures[0])
	}
	third := ask(t, h, monday("d@contoso.com"), gone, nil)
	if _, known := h.Story(first, guarded()); known {
		t.Error("more failures are known than may be")
	}
	if s, known := h.Story(third, guarded()); !known || s.Outcome != "failed" {
		t.Errorf("the last failure is %+v", s)
	}
	if len(h.held) != 4 || len(h.asked) != 0 {
		t.Errorf("%d are held and %d waited for", len(h.held), len(h.asked))
	}
}

// A few large questions must not take the memory of many small ones.
func TestBytesAreBounded(t *testing.T) {
	h := remembering(t, Options{Questions: 1000, Failures: 1000, Bytes: 100_000})
	crowd := make([]string, 100)
	for i := range crowd {
		crowd[i] = fmt.Sprintf("%d%s@contoso.com", i, strings.Repeat("x", 200))
	}
	failing := make([]freebusy.Answer, len(crowd))
	for i := range failing {
		failing[i].Err = freebusy.TimeoutExpired(nil)
	}
	for range 50 {
		ask(t, h, monday(crowd...), failing, nil)
	}
	for name, r := range map[string]*ring{"questions": &h.questions, "failures": &h.failures} {
		size := 0
		for _, e := range r.entries {
			size += e.size
		}
		if len(r.entries) == 0 || size > 100_000 || size != r.size {
			t.Errorf("%d %s hold %d bytes, counted as %d", len(r.entries), name, size, r.size)
		}
	}
	if len(h.held) > 4 {
		t.Errorf("%d are held", len(h.held))
	}
}

// What a question has started may end after it, and belongs to it.
func TestWhatEndsLateIsAdded(t *testing.T) {
	h := remembering(t, Options{})
	ctx, root := tracer().Start(t.Context(), rootQuery)
	h.Note(ctx, Asker{}, monday("a@contoso.com"), []freebusy.Answer{answered(freebusy.Origin{})}, nil)
	_, early := tracer().Start(ctx, "cache.lookup")
	early.End()
	_, late := tracer().Start(ctx, "forest.query")
	root.End()
	id := root.SpanContext().TraceID().String()
	if s, _ := h.Story(id, guarded()); len(s.Hops) != 2 {
		t.Errorf("before, the hops are %+v", s.Hops)
	}
	late.End()
	s, _ := h.Story(id, guarded())
	if len(s.Hops) != 3 || s.Hops[2].Name != "forest.query" || !s.Hops[2].Late {
		t.Errorf("after, the hops are %+v", s.Hops)
	}
}

// Whoever is refused again and again is one line, and pushes nobody out.
func TestRefusalsAreCounted(t *testing.T) {
	h := remembering(t, Options{Refusals: 3})
	refuse := func(reason string) {
		_, span := tracer().Start(t.Context(), rootRefused, trace.WithAttributes(attribute.String("availproxy.decision", "bad_credential"), attribute.String("error.type", reason)))
		span.SetStatus(codes.Error, reason)
		span.End()
	}
	failed := ask(t, h, monday("a@contoso.com"), []freebusy.Answer{{Err: freebusy.TimeoutExpired(nil)}}, nil)
	for range 1000 {
		refuse("bad_password")
	}
	refuse("clock_skew")
	d := h.Document(guarded())
	if len(d.Refusals) != 2 || d.Refusals[0].Reason != "clock_skew" || d.Refusals[1].Times != 1000 {
		t.Errorf("got %+v", d.Refusals)
	}
	for i := range 100 {
		refuse(fmt.Sprint("reason ", i))
	}
	if d := h.Document(guarded()); len(d.Refusals) != 3 || len(d.Failures) != 1 || d.Failures[0].ID != failed {
		t.Errorf("got %+v", d)
	}
}

func TestQuestionsThatNeverEndAreForgotten(t *testing.T) {
	h := remembering(t, Options{})
	for range 2*mostAsked + 10 {
		ctx, _ := tracer().Start(t.Context(), rootQuery)
		h.Note(ctx, Asker{}, monday("a@contoso.com"), nil, nil)
	}
	if len(h.asked) > mostAsked || len(h.order) > mostAsked {
		t.Errorf("%d are waited for", len(h.asked))
	}
	h.Note(t.Context(), Asker{}, monday("a@contoso.com"), nil, nil) // outside of any trace
	var none *History
	none.Note(t.Context(), Asker{}, monday(), nil, nil)
	if _, known := h.Story("nonsense", guarded()); known {
		t.Error("a story is told of nonsense")
	}
}

// BenchmarkQuestion is what is added to a question that memory answers: its span ends
// either way.
func BenchmarkQuestion(b *testing.B) {
	for _, n := range []int{1, 20, 100} {
		h := New(Options{})
		running, err := telemetry.Start(b.Context(), telemetry.Options{Getenv: func(string) string { return "" }, Finished: h.Finished})
		if err != nil {
			b.Fatal(err)
		}
		q, answers := monday(), make([]freebusy.Answer, n)
		for i := range answers {
			q.Mailboxes = append(q.Mailboxes, freebusy.SMTP(fmt.Sprintf("user%d@contoso.com", i)))
			answers[i] = answered(freebusy.Origin{Connector: "ToCloud", Backend: "ews", URL: "https://outlook.example/EWS/Exchange.asmx", RequestID: "r-1"})
		}
		for name, noted := range map[string]bool{"bare": false, "noted": true} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					ctx, span := tracer().Start(b.Context(), "other")
					if noted {
						h.Note(ctx, Asker{"basic", "ex2010", ""}, q, answers, nil)
					}
					span.End()
				}
			})
		}
		if err := running.Stop(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
