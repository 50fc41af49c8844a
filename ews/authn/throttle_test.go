package authn

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

func TestGuessesAreSlowedDownAndNobodyIsLockedOut(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		users, err := NewBasicUsers(strings.NewReader("load:"+string(hash)+"\n"), "test")
		if err != nil {
			t.Fatal(err)
		}
		try := func(from, user, password string) Reason {
			r := httptest.NewRequest("POST", "https://fb.contoso.com/", nil)
			r.RemoteAddr = from
			r.SetBasicAuth(user, password)
			_, err := users.Authenticate(r)
			refusal, ok := errors.AsType[*Refusal](err)
			if !ok {
				return ""
			}
			return refusal.Reason
		}
		const attacker, server = "192.0.2.1:1", "192.0.2.2:1"
		for i := range 20 {
			want := Throttled
			if i < freeGuesses {
				want = BadPassword
			}
			if got := try(attacker, "load", "guess"); got != want {
				t.Fatalf("guess %d: %q, want %q", i, got, want)
			}
		}
		if got := try(attacker, "load", "right"); got != Throttled {
			t.Errorf("the right password right after guesses: %q, want %q, or a guess could be told from a hit", got, Throttled)
		}
		if got := try(server, "load", "right"); got != "" {
			t.Errorf("the right password from elsewhere: %q", got)
		}
		if got := try(attacker, "other", "guess"); got != BadPassword {
			t.Errorf("another user from the same address: %q, want %q", got, BadPassword)
		}
		time.Sleep(guessEvery)
		if got := try(attacker, "load", "right"); got != "" {
			t.Errorf("the right password after a pause: %q", got)
		}
	})
}
