package discovery

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"availproxy/freebusy"
)

// noToken is the error of a transport that got no token.
type noToken struct{ refused bool }

func (noToken) Error() string    { return "no token from https://sts.contoso.example" }
func (noToken) SafeText() string { return "There is no token for you." }
func (e noToken) Refused() bool  { return e.refused }

// TestNoTokenIsNotNoConnection has the transport get no token: the service was
// never asked, so that its connection is not to blame, and a decision of the
// auth server replaces what was held.
func TestNoTokenIsNotNoConnection(t *testing.T) {
	tests := map[string]struct {
		refused bool
		kind    Kind
	}{
		"the auth server refuses": {true, AuthFailed},
		"the auth server is away": {false, Unreachable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := directory(t, fabrikam(roundTripper(func(*http.Request) (*http.Response, error) { return nil, noToken{tt.refused} })))
			err := routes(t, d, "lin@fabrikam.example")[0].Err
			if err == nil || err.Code != freebusy.ErrorAutoDiscoverFailed || !strings.Contains(err.Text, "There is no token for you.") {
				t.Fatalf("got %v", err)
			}
			if e, ok := errors.AsType[*Error](err); !ok || e.Kind != tt.kind {
				t.Errorf("cause %v, want %s", err.Err, tt.kind)
			}
			if err.Refusal() != tt.refused {
				t.Errorf("it counts as a refusal: %t, want %t", err.Refusal(), tt.refused)
			}
		})
	}
}
