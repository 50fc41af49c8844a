package ews

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"availproxy/ews/authn"
	"availproxy/freebusy"
)

// recorded lets what a test does be traced and counted.
func recorded(t *testing.T) (*tracetest.SpanRecorder, *metric.ManualReader) {
	t.Helper()
	spans, reader := tracetest.NewSpanRecorder(), metric.NewManualReader()
	tracers, meters, propagator := otel.GetTracerProvider(), otel.GetMeterProvider(), otel.GetTextMapPropagator()
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans)))
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	otel.SetTextMapPropagator(propagation.TraceContext{})
	t.Cleanup(func() {
		otel.SetTracerProvider(tracers)
		otel.SetMeterProvider(meters)
		otel.SetTextMapPropagator(propagator)
	})
	return spans, reader
}

func TestAQuestionLeavesATraceACountAndALine(t *testing.T) {
	secret := errors.New("freebusy: the forest is down")
	some := people{"anna@contoso.com": annas()}
	tests := map[string]struct {
		source   freebusy.Source
		document string
		outcome  string
		codes    string // in the log
		cause    string
		level    string
	}{
		"everybody has an answer": {some, ask().document(), "answered", "", "", "INFO"},
		"somebody has":            {some, ask("anna@contoso.com", "eve@contoso.com").document(), "partial", `{"ErrorMailRecipientNotFound":1}`, "", "INFO"},
		"nobody has": {source(func(context.Context, freebusy.Query) ([]freebusy.Answer, error) {
			return []freebusy.Answer{{Err: freebusy.ProxyFailed("down", secret)}, {Err: freebusy.TimeoutExpired(nil)}}, nil
		}), ask("a@contoso.com", "b@contoso.com").document(), "failed", `{"ErrorProxyRequestProcessingFailed":1,"ErrorTimeoutExpired":1}`, secret.Error(), "WARN"},
		"a domain is of nobody": {source(func(context.Context, freebusy.Query) ([]freebusy.Answer, error) {
			return []freebusy.Answer{{Err: freebusy.AddressSpaceNotFound("nobody.example")}}, nil
		}), ask("a@nobody.example").document(), "failed", `{"ErrorAddressSpaceNotFound":1}`, "", "WARN"},
		"it is none":    {some, "<html/>", "fault", `{"ErrorInvalidRequest":1}`, `the document is not a SOAP envelope: the root element is html in namespace ""`, "WARN"},
		"it is refused": {some, ask().view("None").document(), "fault", `{"ErrorInvalidFreeBusyViewType":1}`, "", "WARN"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spans, reader := recorded(t)
			var line bytes.Buffer
			post(&Handler{Source: tt.source, Log: slog.New(slog.NewJSONHandler(&line, nil))}, tt.document)

			ended := spans.Ended()
			if len(ended) != 1 || ended[0].Name() != "availability.query" || attributeOf(ended[0], "availproxy.outcome") != tt.outcome {
				t.Fatalf("got spans %v", ended)
			}
			if got := counted(t, reader); got != tt.outcome {
				t.Errorf("counted as %q, want %q", got, tt.outcome)
			}
			if failed := ended[0].Status().Code == codes.Error; failed != (tt.level == "WARN") {
				t.Errorf("the trace failed: %t, and the line is one of %s", failed, tt.level)
			}
			checkLine(t, line.Bytes(), tt.level, tt.outcome, tt.codes, tt.cause)
			for code := range strings.SplitSeq(tt.codes, `"`) {
				remedy := freebusy.Code(code).Remedy()
				if !strings.Contains(line.String(), remedy) || !strings.Contains(attributeOf(ended[0], "availproxy.remedies"), remedy) {
					t.Errorf("the remedy %q is not in %s, or not in the trace", remedy, &line)
				}
			}
			if strings.Contains(line.String(), "@") {
				t.Errorf("the log names somebody: %s", &line)
			}
		})
	}
}

// Whoever debugs may see who it is about; nobody else does, not even by what
// the other side says.
func TestTheLineNamesMailboxesByTheirPseudonyms(t *testing.T) {
	key := freebusy.NewPseudonyms("0123456789abcdef")
	said := source(func(context.Context, freebusy.Query) ([]freebusy.Answer, error) {
		return []freebusy.Answer{{Err: freebusy.ProxyFailed("down", errors.New("cannot resolve <Eve>SMTP:Eve@contoso.com for bob@fabrikam.com"))}, {}}, nil
	})
	line := func(level slog.Level) string {
		var b bytes.Buffer
		post(&Handler{Source: said, Pseudonyms: key, Log: slog.New(slog.NewJSONHandler(&b, &slog.HandlerOptions{Level: level}))},
			ask("eve@contoso.com", "o'neill@contoso.com").document())
		return b.String()
	}
	eve, neill, bob := key.Of(freebusy.SMTP("eve@contoso.com")), key.Of(freebusy.SMTP("o'neill@contoso.com")), key.Of(freebusy.SMTP("bob@fabrikam.com"))

	info := line(slog.LevelInfo)
	for _, want := range []string{`"mailbox_hash":["` + eve + `","` + neill + `"]`, "<Eve>SMTP:" + eve + " for " + bob} {
		if !strings.Contains(info, want) {
			t.Errorf("got %s, want %s in it", info, want)
		}
	}
	if strings.Contains(info, "@") {
		t.Errorf("the log names somebody: %s", info)
	}
	debug := line(slog.LevelDebug)
	for _, want := range []string{`"mailbox_hash":["` + eve + `","` + neill + `"]`, `"mailbox":["eve@contoso.com","o'neill@contoso.com"]`, "bob@fabrikam.com"} {
		if !strings.Contains(debug, want) {
			t.Errorf("got %s, want %s in it", debug, want)
		}
	}
}

func checkLine(t *testing.T, line []byte, level, outcome, codes, cause string) {
	t.Helper()
	var got struct {
		Level   string          `json:"level"`
		Outcome string          `json:"outcome"`
		Codes   json.RawMessage `json:"codes"`
		Cause   string          `json:"cause"`
	}
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("not one line: %s", line)
	}
	if got.Level != level || got.Outcome != outcome || string(got.Codes) != codes || got.Cause != cause {
		t.Errorf("got %s, want %s, outcome %s, codes %s, cause %q", line, level, outcome, codes, cause)
	}
}

func attributeOf(span trace.ReadOnlySpan, key string) string {
	for _, a := range span.Attributes() {
		if string(a.Key) == key {
			return a.Value.String()
		}
	}
	return ""
}

// counted returns the outcome of the only question that was counted, and timed.
func counted(t *testing.T, reader *metric.ManualReader) string {
	t.Helper()
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &collected); err != nil {
		t.Fatal(err)
	}
	once := map[string][]attribute.Set{} // by metric: what was counted once
	for _, m := range collected.ScopeMetrics[0].Metrics {
		switch data := m.Data.(type) {
		case metricdata.Sum[int64]:
			for _, p := range data.DataPoints {
				if p.Value == 1 {
					once[m.Name] = append(once[m.Name], p.Attributes)
				}
			}
		case metricdata.Histogram[float64]:
			once[m.Name] = append(once[m.Name], data.DataPoints[0].Attributes)
		}
	}
	queries, duration := once["availproxy.queries"], once["availproxy.query.duration"]
	if len(queries) != 1 || len(duration) != 1 || !queries[0].Equals(&duration[0]) {
		t.Fatalf("counted as %v and timed as %v", queries, duration)
	}
	value, _ := queries[0].Value("outcome")
	return value.AsString()
}

func TestTheSpanTellsWhoAskedForWhat(t *testing.T) {
	spans, _ := recorded(t)
	r := httptest.NewRequest(http.MethodPost, "https://fb.contoso.com:443/EWS/Exchange.asmx", strings.NewReader(ask("a@contoso.com", "b@contoso.com").
		header(`<t:ProxyRequestTypeHeader>CrossForest</t:ProxyRequestTypeHeader><w:MessageID xmlns:w="http://www.w3.org/2005/08/addressing">urn:uuid:1</w:MessageID>`).document()))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("User-Agent", "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.000")
	r.Header.Set("client-request-id", "42")
	r.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	(&Handler{Source: people{}, Log: quiet}).ServeHTTP(httptest.NewRecorder(), r)

	span := spans.Ended()[0]
	want := map[string]string{
		"http.request.method": "POST", "url.path": "/EWS/Exchange.asmx", "server.address": "fb.contoso.com", "client.address": "192.0.2.1",
		"http.response.status_code": "200", "user_agent.original": r.UserAgent(),
		"availproxy.client_request_id": "42", "availproxy.message_id": "urn:uuid:1",
		"availproxy.caller.build": "14.03.0123.000", "availproxy.caller.proxy_type": "CrossForest",
		"availproxy.caller.generation": "2010", "availproxy.caller.generation_because": "EXCH/14.03.0123.000 in User-Agent",
		"availproxy.operation": "GetUserAvailability", "availproxy.outcome": "failed", "availproxy.mailboxes.count": "2", "availproxy.mailboxes.failed": "2",
		"availproxy.window.days": "1", "availproxy.interval.minutes": "30", "availproxy.view": "DetailedMerged", "availproxy.suggestions": "false",
		"availproxy.codes":    `["ErrorMailRecipientNotFound"]`,
		"availproxy.cause":    `["mailbox.unknown"]`,
		"availproxy.remedies": `["ErrorMailRecipientNotFound: ` + freebusy.ErrorMailRecipientNotFound.Remedy() + `"]`,
	}
	got := map[string]string{}
	for _, a := range span.Attributes() {
		got[string(a.Key)] = a.Value.String()
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if span.Parent().IsValid() || len(span.Links()) != 1 || span.Links()[0].SpanContext.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("got parent %v and links %v, want no parent and the caller's trace as a link", span.Parent(), span.Links())
	}
}

// TestEveryLineSaysWhoAsks looks for the caller in the log and in the trace,
// whatever comes of its request.
func TestEveryLineSaysWhoAsks(t *testing.T) {
	const in2010 = "ASProxy/CrossSite/Directory/EXCH/14.03.0123.000"
	tests := map[string]struct{ userAgent, document, generation, because, proxyType string }{
		"the header of 2007": {in2010, ask().header(`<t:ProxyRequestTypeHeader>CrossForest</t:ProxyRequestTypeHeader>`).document(),
			"2010", "EXCH/14.03.0123.000 in User-Agent", "CrossForest"},
		"the header of 2010": {in2010, ask().header(`<t:RequestType>CrossSite</t:RequestType>`).document(),
			"2010", "EXCH/14.03.0123.000 in User-Agent", "CrossSite"},
		"the header of 2013": {"", ask().header(`<t:RequestTypeHeader><t:RequestType>CrossForest</t:RequestType></t:RequestTypeHeader><t:RequestServerVersion Version="Exchange2013"/>`).document(),
			"2013", "RequestServerVersion Exchange2013", "CrossForest"},
		"a question that is refused": {in2010, ask().header(`<t:RequestType>CrossSite</t:RequestType>`).view("None").document(),
			"2010", "EXCH/14.03.0123.000 in User-Agent", "CrossSite"},
		"a document that is none": {in2010, "<html/>",
			"2010", "EXCH/14.03.0123.000 in User-Agent", ""},
		"a caller who says nothing": {"", ask().document(),
			"2007", "neither User-Agent nor RequestServerVersion tells", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spans, _ := recorded(t)
			var line bytes.Buffer
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.document))
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("User-Agent", tt.userAgent)
			r = r.WithContext(authn.NewContext(r.Context(), authn.Identity{Mechanism: authn.Kerberos, Name: "EX2010$", Realm: "CONTOSO.COM", SID: "S-1-5-21-1-2-3-1104"}))
			(&Handler{Source: people{}, Log: slog.New(slog.NewJSONHandler(&line, nil))}).ServeHTTP(httptest.NewRecorder(), r)

			if strings.Contains(line.String(), "S-1-5") {
				t.Errorf("the line has a SID: %s", &line)
			}
			var got map[string]any
			if err := json.Unmarshal(line.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got["generation"] != tt.generation || got["because"] != tt.because || got["proxy_type"] != tt.proxyType ||
				got["principal"] != "EX2010$@CONTOSO.COM" || got["mechanism"] != "kerberos" {
				t.Errorf("got the line %s", &line)
			}
			span := spans.Ended()[0]
			for key, want := range map[string]string{"availproxy.caller.generation": tt.generation, "availproxy.caller.generation_because": tt.because, "availproxy.caller.proxy_type": tt.proxyType} {
				if got := attributeOf(span, key); got != want {
					t.Errorf("the trace has %s %q, want %q", key, got, want)
				}
			}
		})
	}
}
