package authn

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// TestEveryVerdictIsSeen looks for the decision and its reason in the log, in
// the metric and, for who gets no further, in a trace.
func TestEveryVerdictIsSeen(t *testing.T) {
	tests := map[string]struct {
		user, password string
		change         func(*Gate, *http.Request)
		level          string
		decision       string
		mechanism      string
		reason         string
		principal      string
	}{
		"allowed":           {user: "server", password: canary, level: "DEBUG", decision: "allowed", mechanism: "basic", principal: "basic:server"},
		"not allowed":       {user: "stranger", password: canary, level: "WARN", decision: "not_allowed", mechanism: "basic", reason: "not_listed", principal: "basic:stranger"},
		"a wrong password":  {user: "server", password: "x", level: "WARN", decision: "bad_credential", mechanism: "basic", reason: "bad_password"},
		"no credential":     {level: "DEBUG", decision: "no_credential"},
		"a handshake":       {level: "DEBUG", decision: "handshake", change: func(g *Gate, _ *http.Request) { first(step{Outcome{Answer: "NTLM x"}})(g) }},
		"another network":   {level: "WARN", decision: "network", reason: "network", change: func(g *Gate, _ *http.Request) { g.Networks = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }},
		"two Authorization": {user: "server", password: canary, level: "WARN", decision: "bad_credential", reason: "malformed", change: func(_ *Gate, r *http.Request) { r.Header.Add("Authorization", "Basic eDp5") }},
		"no such scheme":    {level: "WARN", decision: "bad_credential", reason: "unknown_scheme", change: authorization("Bearer " + canary)},
		"no scheme at all":  {level: "WARN", decision: "bad_credential", reason: "unknown_scheme", change: authorization(canary)},
		"Basic with a tab":  {level: "WARN", decision: "bad_credential", reason: "unknown_scheme", change: authorization("Basic\teDp5")},
		"no name in Basic":  {level: "WARN", decision: "bad_credential", mechanism: "basic", reason: "malformed", change: authorization("Basic " + canary)},
		"Basic alone":       {level: "WARN", decision: "bad_credential", mechanism: "basic", reason: "malformed", change: authorization("Basic")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			spans, reader := observe(t)
			var log bytes.Buffer
			g := gate(t, &log)
			g.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			r := request("POST", "127.0.0.1", false, tt.user, tt.password)
			if tt.change != nil {
				tt.change(g, r)
			}
			g.ServeHTTP(httptest.NewRecorder(), r)

			want := map[string]string{"decision": tt.decision, "mechanism": tt.mechanism, "reason": tt.reason}
			if diff := cmp.Diff(want, counted(t, reader)); diff != "" {
				t.Errorf("the metric (-want +got):\n%s", diff)
			}
			if bytes.Contains(log.Bytes(), []byte(canary)) {
				t.Errorf("the log holds what was sent: %s", &log)
			}
			var line struct{ Level, Decision, Mechanism, Reason, Principal string }
			if err := json.Unmarshal(log.Bytes(), &line); err != nil {
				t.Fatalf("the log is not one line: %v\n%s", err, &log)
			}
			got := map[string]string{"decision": line.Decision, "mechanism": line.Mechanism, "reason": line.Reason}
			if diff := cmp.Diff(want, got); diff != "" || line.Level != tt.level || line.Principal != tt.principal {
				t.Errorf("the log has level %s and principal %q, want %s and %q, and (-want +got):\n%s", line.Level, line.Principal, tt.level, tt.principal, diff)
			}
			refused := spans.Ended()
			if (len(refused) == 1) != (tt.reason != "") {
				t.Fatalf("%d spans, want one for who is refused and none else", len(refused))
			}
			if tt.reason != "" && refused[0].Status().Description != tt.reason {
				t.Errorf("the span says %q, want %q", refused[0].Status().Description, tt.reason)
			}
		})
	}
}

func authorization(header string) func(*Gate, *http.Request) {
	return func(_ *Gate, r *http.Request) { r.Header.Set("Authorization", header) }
}

// observe collects the spans and metrics of the test.
func observe(t *testing.T) (*tracetest.SpanRecorder, metric.Reader) {
	t.Helper()
	spans, reader := tracetest.NewSpanRecorder(), metric.NewManualReader()
	tracers, meters := otel.GetTracerProvider(), otel.GetMeterProvider()
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans)))
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	t.Cleanup(func() {
		otel.SetTracerProvider(tracers)
		otel.SetMeterProvider(meters)
	})
	return spans, reader
}

// counted are the attributes of the one request in the metric.
func counted(t *testing.T, reader metric.Reader) map[string]string {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	points := all.ScopeMetrics[0].Metrics[0].Data.(metricdata.Sum[int64]).DataPoints
	if len(points) != 1 || points[0].Value != 1 {
		t.Fatalf("want one request in the metric, got %+v", points)
	}
	attributes := map[string]string{}
	for _, a := range points[0].Attributes.ToSlice() {
		attributes[string(a.Key)] = a.Value.String()
	}
	return attributes
}

func TestTheLogSaysWhichRuleWasMissed(t *testing.T) {
	var log bytes.Buffer
	g := gate(t, &log)
	first(step{Outcome{Identity: &Identity{Mechanism: Kerberos, Name: "ALICE", Realm: "CONTOSO.COM", SID: "S-1-5-21-1-2-3-1104"}}})(g)
	g.Log = slog.New(slog.NewJSONHandler(&log, nil))
	var err error
	if g.Allow, err = ParseRules([]string{"EX2010$@CONTOSO.COM", "alice@FABRIKAM.COM", `CONTOSO\ALICE`, "sid:S-1-5-21-1-2-3-1103", "basic:ALICE"}); err != nil {
		t.Fatal(err)
	}
	g.ServeHTTP(httptest.NewRecorder(), request("POST", "127.0.0.1", false, "", ""))
	var line struct{ Missed []string }
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"clients.allow[0] EX2010$@CONTOSO.COM: another name",
		"clients.allow[1] alice@FABRIKAM.COM: another realm or domain",
		`clients.allow[2] CONTOSO\ALICE: the ticket names no NetBIOS domain`,
		"clients.allow[3] sid:...: neither the caller nor one of its groups",
		"clients.allow[4] basic:ALICE: another mechanism",
	}
	if diff := cmp.Diff(want, line.Missed); diff != "" {
		t.Errorf("missed rules (-want +got):\n%s", diff)
	}
	if bytes.Contains(log.Bytes(), []byte("S-1-5")) {
		t.Errorf("the log holds a SID: %s", &log)
	}
}
