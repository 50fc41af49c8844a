package discovery

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"availproxy/freebusy"
)

// noToken is the error of a transport that got no token.
type noToken struct {
	refused bool
	backOff time.Duration
}

func (noToken) Error() string    { return "no token from https://sts.contoso.example" }
func (noToken) SafeText() string { return "There is no token for you." }
func (e noToken) Consequence() freebusy.Consequence {
	return freebusy.Consequence{Code: freebusy.ErrorProxyRequestProcessingFailed, Refused: e.refused, BackOff: e.backOff, Remedy: "Ask again."}
}

// TestNoTokenIsNotNoConnection has the transport get no token: the service was
// never asked, so that its connection is not to blame, and a decision of the
// auth server replaces what was held.
func TestNoTokenIsNotNoConnection(t *testing.T) {
	tests := map[string]struct {
		noToken
		kind Kind
	}{
		"the auth server refuses":   {noToken{refused: true}, AuthFailed},
		"the auth server is away":   {noToken{}, Unreachable},
		"the auth server throttles": {noToken{backOff: time.Minute}, Busy},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := directory(t, fabrikam(roundTripper(func(*http.Request) (*http.Response, error) { return nil, tt.noToken })))
			err := routes(t, d, "lin@fabrikam.example")[0].Err
			if err == nil || err.Code != freebusy.ErrorAutoDiscoverFailed || !strings.Contains(err.Text, "There is no token for you.") {
				t.Fatalf("got %v", err)
			}
			if e, ok := errors.AsType[*Error](err); !ok || e.Kind != tt.kind {
				t.Errorf("cause %v, want %s", err.Err, tt.kind)
			}
			if got := err.Remedy(); got != "Ask again." {
				t.Errorf("the remedy is %q", got)
			}
			if err.Refusal() != tt.refused {
				t.Errorf("it counts as a refusal: %t, want %t", err.Refusal(), tt.refused)
			}
		})
	}
}

// TestQuestionsCarryAnIDForSupport looks for what the other side writes into its
// log beside a request of ours.
func TestQuestionsCarryAnIDForSupport(t *testing.T) {
	asked := 0
	d := directory(t, fabrikam(roundTripper(func(r *http.Request) (*http.Response, error) {
		asked++
		if id := r.Header.Get("client-request-id"); len(id) != 36 || r.Header.Get("return-client-request-id") != "true" {
			t.Errorf("the request is called %q", id)
		}
		return nil, noToken{}
	})))
	if routes(t, d, "lin@fabrikam.example"); asked == 0 {
		t.Error("nobody was asked")
	}
}
