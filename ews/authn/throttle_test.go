package authn

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// hashed is a users file with the same password for everybody, at the cost that
// stands beside the name.
func hashed(t *testing.T, password string, costs map[string]int) *BasicUsers {
	t.Helper()
	var file strings.Builder
	for name, cost := range costs {
		hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
		if err != nil {
			t.Fatal(err)
		}
		file.WriteString(name + ":" + string(hash) + "\n")
	}
	users, err := NewBasicUsers(strings.NewReader(file.String()), "test")
	if err != nil {
		t.Fatal(err)
	}
	return users
}

// tries is why users refuse a logon; "" when they do not.
func (b *BasicUsers) tries(r *http.Request, from, user, password string) Reason {
	r.RemoteAddr = from
	r.SetBasicAuth(user, password)
	_, err := b.Authenticate(r)
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		return refusal.Reason
	}
	return ""
}

func TestGuessesAreSlowedDownAndNobodyIsLockedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := hashed(t, "right", map[string]int{"load": bcrypt.MinCost})
		try := func(from, user, password string) Reason {
			return users.tries(httptest.NewRequest("POST", "https://fb.contoso.com/", nil), from, user, password)
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

// TestGuessesAtOnceAreNoMoreThanOneByOne has all of them wait for their turn
// before the first has failed.
func TestGuessesAtOnceAreNoMoreThanOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users := hashed(t, "right", map[string]int{"load": bcrypt.MinCost})
		for range cap(users.checking) {
			users.checking <- struct{}{}
		}
		var looked atomic.Int64
		var guesses sync.WaitGroup
		for range 100 {
			guesses.Go(func() {
				if users.tries(httptest.NewRequest("POST", "https://fb.contoso.com/", nil), "192.0.2.1:1", "load", "guess") == BadPassword {
					looked.Add(1)
				}
			})
		}
		synctest.Wait()
		for range cap(users.checking) {
			<-users.checking
		}
		guesses.Wait()
		if got, most := looked.Load(), int64(freeGuesses+cap(users.checking)-1); got > most {
			t.Errorf("%d of 100 guesses were looked at, want no more than %d", got, most)
		}
	})
}

func TestGuessesTakeNoMemoryThatTheyChoose(t *testing.T) {
	throttle, err := NewThrottle()
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const name = 1 << 20
	for n := range 64 {
		throttle.Failed(Guess{netip.IPv6Loopback(), strings.Repeat(string(rune('a'+n)), name)})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 4*name {
		t.Errorf("%d bytes are kept of names of %d", kept, name)
	}
	runtime.KeepAlive(throttle)
}

// TestGuessesTakeAsLongForEveryName has a user whose hash is sixteen times as
// cheap as another's.
func TestGuessesTakeAsLongForEveryName(t *testing.T) {
	users := hashed(t, "right", map[string]int{"cheap": 4, "dear": 8})
	fastest := func(name string) time.Duration {
		best := time.Hour
		for range 10 {
			began := time.Now()
			users.compare(users.user([]byte(name)), []byte("guess"))
			best = min(best, time.Since(began))
		}
		return best
	}
	unknown := fastest("nobody")
	for _, name := range []string{"cheap", "dear"} {
		if took := fastest(name); took < unknown/4 {
			t.Errorf("a guess for %s takes %s, and for nobody %s", name, took, unknown)
		}
	}
	if !users.compare(users.user([]byte("cheap")), []byte("right")) || users.compare(users.user([]byte("nobody")), []byte("right")) {
		t.Error("the right password is not what decides")
	}
}
