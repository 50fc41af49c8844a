package telemetry

import (
	"net/http"
	"testing"

	"go.opentelemetry.io/otel"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

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
