package telemetry

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

const (
	address = "anna@contoso.com"
	token   = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.AAAA"
)

// withoutAnna knows one address.
func withoutAnna(text string) string { return strings.ReplaceAll(text, address, "(somebody)") }

func TestLogLinesAreDiscreet(t *testing.T) {
	tests := map[string]struct {
		level             slog.Level
		discretion        Discretion
		addresses, tokens int // that are seen
	}{
		"for everyday":       {slog.LevelInfo, withoutAnna, 1, 0},
		"for others to see":  {LevelWire, withoutAnna, 1, 0},
		"without addresses":  {slog.LevelInfo, nil, 6, 0},
		"only for debugging": {slog.LevelDebug, withoutAnna, 6, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			log := NewLogger(&out, tt.level, false, tt.discretion)
			log.With("where", address).WithGroup("answer").Warn("no answer for "+address,
				"cause", errors.Join(errors.New(address+" is unknown to Bearer "+token)), slog.Group("in", "deep", address))
			log.Warn("client", "principal", "basic:"+address)
			log.Warn("client", "missed", []string{address, "sid:S-1-5-21-1-2-3-1103 of " + token}, slog.Group("", slog.Any("err", errors.New("S-1-5-21-1-2-3-500"))))
			if strings.Contains(out.String(), "S-1-5-21") {
				t.Errorf("a SID is seen:\n%s", &out)
			}
			if a, s := strings.Count(out.String(), address), strings.Count(out.String(), "eyJ"); a != tt.addresses || s != tt.tokens {
				t.Errorf("%d addresses and %d tokens are seen, want %d and %d:\n%s", a, s, tt.addresses, tt.tokens, &out)
			}
		})
	}
}

func TestSpansAreDiscreet(t *testing.T) {
	kept := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(discreet{kept, withoutAnna}))
	_, span := provider.Tracer("test").Start(t.Context(), "GET /"+address,
		trace.WithAttributes(attribute.String("url.full", "https://a.example/"+address), attribute.Int("mailboxes", 3)),
		trace.WithLinks(trace.Link{Attributes: []attribute.KeyValue{attribute.String("x", address)}}))
	span.RecordError(errors.New(address + " is unknown to " + token))
	span.SetAttributes(attribute.StringSlice("who", []string{address}))
	span.SetStatus(codes.Error, address)
	span.End()
	spans := kept.GetSpans()
	if err := provider.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(spans) != 1 || len(spans[0].Attributes) != 3 || len(spans[0].Events) != 1 || len(spans[0].Links) != 1 {
		t.Fatalf("got %+v", spans)
	}
	all := spans[0].Name + "\n" + spans[0].Status.Description
	for _, a := range append(append(spans[0].Attributes, spans[0].Events[0].Attributes...), spans[0].Links[0].Attributes...) {
		all += "\n" + a.Value.String()
	}
	if strings.Contains(all, address) || strings.Contains(all, "eyJ") || strings.Count(all, "(somebody)") != 6 {
		t.Errorf("got\n%s", all)
	}
}

func TestWhatMayBeASecretIsHidden(t *testing.T) {
	for text, want := range map[string]string{
		"Ticket q7Zk3Vw9Xt5Rb1Nm8Jc4Hg6Fd2Ls0Py of S-1-5-21-1-2-3-1104":                        "Ticket (secret) of (SID)",
		"a group S-1-5-32-544 of everybody S-1-1-0":                                            "a group S-1-5-32-544 of everybody S-1-1-0",
		"the thumbprint 0F8FAD5BD9CB469FA16570867728950E0F8FAD5B":                              "the thumbprint 0F8FAD5BD9CB469FA16570867728950E0F8FAD5B",
		"x5t -9z4T2PXLwz3_lLdvq1lGUV1qag":                                                      "x5t -9z4T2PXLwz3_lLdvq1lGUV1qag",
		"0f8fad5b-d9cb-469f-a165-70867728950e":                                                 "0f8fad5b-d9cb-469f-a165-70867728950e",
		"/etc/availproxy/TestTheWholeStoryIsTold709442108/config.yaml":                         "/etc/availproxy/TestTheWholeStoryIsTold709442108/config.yaml",
		"Microsoft.Exchange.InfoWorker.Common.Availability.ProxyWebRequestProcessingException": "Microsoft.Exchange.InfoWorker.Common.Availability.ProxyWebRequestProcessingException",
	} {
		if got := Discretion(nil).Hide(text); got != want {
			t.Errorf("%s becomes %s", text, got)
		}
	}
}
