package oauth

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// secret is what types that hold one print instead.
const secret = "(secret)"

// hidden is what a Token hides.
type hidden struct {
	compact string
	once    sync.Once // guards story
	story   string
}

// Token is a bearer token: whoever has it is us until it expires, and it cannot
// be revoked. It never prints itself. The zero Token is none.
type Token struct {
	held    *hidden // a pointer, so that it stays hidden in a struct that is printed
	Expires time.Time
}

// NewToken wraps a compact token.
func NewToken(compact string, expires time.Time) Token {
	return Token{held: &hidden{compact: compact}, Expires: expires}
}

// Reveal returns the compact form, for the one who has to send it.
func (t Token) Reveal() string {
	if t.held == nil {
		return ""
	}
	return t.held.compact
}

// Story is what the token says, as [Inspection.String] has it, without anything by
// which it could be used and without persons. It is "" for a token that only its
// issuer can read.
func (t Token) Story() string {
	if t.held == nil {
		return ""
	}
	t.held.once.Do(func() {
		if read, err := Inspect(t.held.compact); err == nil {
			t.held.story = read.Masked().String()
		}
	})
	return t.held.story
}

// bearer makes every token that embeds one fit for a tokenCache.
func (t Token) bearer() Token { return t }

// Authorize sets the Authorization header (RFC 6750 2.1).
func (t Token) Authorize(h http.Header) { h.Set("Authorization", "Bearer "+t.Reveal()) }

// String hides the token.
func (Token) String() string { return secret }

// GoString hides the token from %#v.
func (Token) GoString() string { return secret }

// Format hides the token from every other verb.
func (Token) Format(f fmt.State, _ rune) { fmt.Fprint(f, secret) }

// LogValue hides the token from logs.
func (Token) LogValue() slog.Value { return slog.StringValue(secret) }

// MarshalText hides the token from encoders.
func (Token) MarshalText() ([]byte, error) { return []byte(secret), nil }
