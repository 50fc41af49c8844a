package telemetry

import (
	"net/http"
	"testing"

	"go.opentelemetry.io/otel"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRefusalsAreFailuresUnlessNothingWasShown(t *testing.T) {
	tests := map[string]struct {
		authorization, diagnostics string
		status                     int
		failed                     bool
		told                       string
	}{
		"a request without a token is told what to show":        {"", "", 401, false, ""},
		"one with an empty token is, too":                       {"Bearer ", "", 401, false, ""},
		"a token is refused":                                    {"Bearer x", `2000005;reason="eve@contoso.com is ambiguous";error_category="invalid_user"`, 401, true, "2000005 invalid_user"},
		"a token is refused, and no category told":              {"Bearer x", "2000001", 401, true, "2000001"},
		"a token is refused in words of which none is a code":   {"Bearer x", "eve@contoso.com", 401, true, ""},
		"a token is refused in a category that is no word":      {"Bearer x", `2000005;error_category="eve@contoso.com"`, 401, true, "2000005"},
		"a password is refused":                                 {"Basic eDp5", "", 401, true, ""},
		"a request without a token is answered with an error":   {"", "", 503, true, ""},
		"a request without a token is answered with what it is": {"", "", 200, false, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			hop := sent(t, tt.authorization, http.Header{"X-Ms-Diagnostics": {tt.diagnostics}}, tt.status)
			if hop.Failed != tt.failed || hop.Attributes["availproxy.diagnostics"] != tt.told {
				t.Errorf("failed: %t with diagnostics %q, want %t with %q", hop.Failed, hop.Attributes["availproxy.diagnostics"], tt.failed, tt.told)
			}
		})
	}
}

// sent is the span of a request that gets that answer.
func sent(t *testing.T, authorization string, answer http.Header, status int) Hop {
	t.Helper()
	var recorder Recorder
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(sdk.NewTracerProvider(sdk.WithSpanProcessor(&recorder)))
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://ews.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	response, err := Outbound(roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: answer, Body: http.NoBody, Request: r}, nil
	})).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	hops := recorder.Take()
	if len(hops) != 1 {
		t.Fatalf("the spans are %+v", hops)
	}
	return hops[0]
}

func TestOutboundSpansHaveTheIDsForASupportCase(t *testing.T) {
	tests := map[string]struct {
		sent, exchange, entra string
		client, server        string
	}{
		"Exchange":                {sent: "c-1", exchange: "r-1", client: "c-1", server: "r-1"},
		"Entra ID":                {sent: "c-1", entra: "r-2", client: "c-1", server: "r-2"},
		"both":                    {exchange: "r-1", entra: "r-2", server: "r-1"},
		"none":                    {},
		"a mailbox for an id":     {sent: "c-1", exchange: "anna@contoso.com", client: "c-1"},
		"something else entirely": {sent: "c-1", exchange: "Bearer eyJ", client: "c-1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var recorder Recorder
			provider := sdk.NewTracerProvider(sdk.WithSpanProcessor(&recorder))
			before := otel.GetTracerProvider()
			otel.SetTracerProvider(provider)
			t.Cleanup(func() { otel.SetTracerProvider(before) })
			transport := Outbound(roundTripper(func(r *http.Request) (*http.Response, error) {
				answer := &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}
				answer.Header.Set("request-id", tt.exchange)
				answer.Header.Set("x-ms-request-id", tt.entra)
				return answer, nil
			}))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://ews.example/", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("client-request-id", tt.sent)
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			hops := recorder.Take()
			if len(hops) != 1 || hops[0].Attributes["availproxy.client_request_id"] != tt.client || hops[0].Attributes["availproxy.server_request_id"] != tt.server {
				t.Errorf("the spans are %+v", hops)
			}
		})
	}
}
