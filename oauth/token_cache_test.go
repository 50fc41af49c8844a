package oauth

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestTokensOutliveTheTroubleOfTheirServer asks for a token that lives an hour,
// and again a while later, when the auth server fails.
func TestTokensOutliveTheTroubleOfTheirServer(t *testing.T) {
	told := func(e AuthServerError) error { return &TokenError{Kind: e.kind(), Err: &e} }
	tests := map[string]struct {
		after time.Duration
		err   error
		kept  bool
		asked int // of three questions in a row
	}{
		"well before it expires":           {54 * time.Minute, told(AuthServerError{Status: 503}), true, 0},
		"about to expire, and trouble":     {56 * time.Minute, told(AuthServerError{Status: 503}), true, 3},
		"about to expire, and no network":  {56 * time.Minute, &TokenError{Kind: AuthServerUnavailable, Err: errors.New("reset")}, true, 3},
		"about to expire, and throttling":  {56 * time.Minute, told(AuthServerError{Status: 429}), true, 1},
		"about to expire, and refused":     {56 * time.Minute, told(AuthServerError{Status: 400, AADSTS: []int{7000112}}), false, 1},
		"expired, and trouble":             {61 * time.Minute, told(AuthServerError{Status: 503}), false, 3},
		"expired, and a word of how long":  {61 * time.Minute, told(AuthServerError{Status: 503, retryAfter: time.Minute}), false, 1},
		"expired, and throttling":          {61 * time.Minute, told(AuthServerError{Status: 400, AADSTS: []int{50196}}), false, 1},
		"expired, and the caller has gone": {61 * time.Minute, context.Canceled, false, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c tokenCache[string, Token]
				first, err := c.get(t.Context(), "scope", func(context.Context) (Token, error) {
					return NewToken("first", time.Now().Add(time.Hour)), nil
				})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(tt.after)
				asked := 0
				for range 3 {
					got, err := c.get(t.Context(), "scope", func(context.Context) (Token, error) {
						asked++
						return Token{}, tt.err
					})
					if kept := err == nil && got == first; kept != tt.kept || !tt.kept && !errors.Is(err, tt.err) {
						t.Errorf("got %v, want that the old one is kept: %t", err, tt.kept)
					}
				}
				if asked != tt.asked {
					t.Errorf("asked %d times, want %d", asked, tt.asked)
				}
			})
		})
	}
}

func TestPausesEnd(t *testing.T) {
	tests := map[string]struct {
		err  AuthServerError
		wait time.Duration
	}{
		"a refusal":                {AuthServerError{Status: 401, AADSTS: []int{700027}}, 10 * time.Second},
		"a wish to be left alone":  {AuthServerError{Status: 429, retryAfter: 17 * time.Second}, 17 * time.Second},
		"no word of how long":      {AuthServerError{Status: 429}, time.Minute},
		"a loop that was detected": {AuthServerError{Status: 400, AADSTS: []int{50196}}, time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c tokenCache[string, Token]
				refuse := func(context.Context) (Token, error) { return Token{}, &TokenError{Kind: tt.err.kind(), Err: &tt.err} }
				grant := func(context.Context) (Token, error) { return NewToken("t", time.Now().Add(time.Hour)), nil }
				if _, err := c.get(t.Context(), "scope", refuse); err == nil {
					t.Fatal("no error")
				}
				if _, err := c.get(t.Context(), "another scope", grant); err != nil {
					t.Errorf("another scope: %v", err)
				}
				time.Sleep(tt.wait - time.Second)
				if _, err := c.get(t.Context(), "scope", grant); err == nil {
					t.Error("asked too early")
				}
				time.Sleep(time.Second)
				if _, err := c.get(t.Context(), "scope", grant); err != nil {
					t.Errorf("not asked after %s: %v", tt.wait, err)
				}
			})
		})
	}
}
