package discovery

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

func TestAddressRedirects(t *testing.T) {
	tests := map[string]struct {
		target string
		want   string
		code   freebusy.Code
	}{
		"to another configured forest":    {"lin@tailspin.example", tailspinEWS, ""},
		"to another domain of the forest": {"lin@mail.fabrikam.example", fabrikamEWS, ""},
		"back to us":                      {"lin@contoso.com", "moved_to_source", freebusy.ErrorMailRecipientNotFound},
		"to a domain nobody configured":   {"lin@evil.example", "refused", freebusy.ErrorAutoDiscoverFailed},
		"to itself":                       {"LIN@fabrikam.example", "refused", freebusy.ErrorAutoDiscoverFailed},
		"to a literal domain":             {"x@[127.0.0.1]", "refused", freebusy.ErrorAutoDiscoverFailed},
		"to ten kilobytes":                {strings.Repeat("x", 10<<10) + "@tailspin.example", "refused", freebusy.ErrorAutoDiscoverFailed},
		"to nothing":                      {"", "refused", freebusy.ErrorAutoDiscoverFailed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &service{says: func(user string) string {
					if user == "lin@fabrikam.example" {
						return redirects("RedirectAddress", tt.target)
					}
					return works(fabrikamEWS)
				}}
				other := &service{says: func(string) string { return works(tailspinEWS) }}
				d := directory(t, fabrikam(s), tailspin(other))
				r := routes(t, d, "lin@fabrikam.example")[0]
				if word(r) != tt.want {
					t.Fatalf("route %+v, want %s", r, tt.want)
				}
				if r.Err != nil {
					if r.Err.Code != tt.code || strings.Contains(r.Err.Error(), "evil") || strings.Contains(r.Err.Err.Error(), "@") {
						t.Errorf("error %v (%v), want %s without the target", r.Err, r.Err.Err, tt.code)
					}
				} else if r.Address != tt.target {
					t.Errorf("it is asked for as %s, want %s", r.Address, tt.target)
				}
				before := s.calls() + other.calls()
				if again := route(t, d, "lin@fabrikam.example"); again != tt.want || s.calls()+other.calls() != 0 {
					t.Errorf("from memory the route is %s, want %s without a request (%d before)", again, tt.want, before)
				}
			})
		})
	}
}

func TestAddressRedirectsEnd(t *testing.T) {
	tests := map[string]struct {
		next  map[string]string
		want  string
		calls int
	}{
		"three of them":   {map[string]string{"a": "b", "b": "c", "c": "d"}, fabrikamEWS, 4},
		"four are enough": {map[string]string{"a": "b", "b": "c", "c": "d", "d": "e"}, "refused", 4},
		"a circle":        {map[string]string{"a": "b", "b": "a"}, "refused", 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &service{says: func(user string) string {
					name, domain, _ := strings.Cut(user, "@")
					if next, ok := tt.next[name]; ok {
						return redirects("RedirectAddress", next+"@"+domain)
					}
					return works(fabrikamEWS)
				}}
				d := directory(t, fabrikam(s))
				if got := route(t, d, "a@fabrikam.example"); got != tt.want {
					t.Errorf("route is %s, want %s", got, tt.want)
				}
				if n := s.calls(); n != tt.calls {
					t.Errorf("%d requests, want %d", n, tt.calls)
				}
				hops, r := d.Explain(t.Context(), freebusy.SMTP("a@fabrikam.example"))
				if word(r) != tt.want || len(hops) < tt.calls {
					t.Errorf("explained as %s with %d hops, want %s with at least %d", word(r), len(hops), tt.want, tt.calls)
				}
			})
		})
	}
}

// moving is a forest from which mailboxes move away: what it says of each can
// be changed.
type moving map[string]string

func (m moving) says(user string) string {
	if said, ok := m[user]; ok {
		return said
	}
	return works(fabrikamEWS)
}

func TestMailboxThatFailedIsLookedUpByItself(t *testing.T) {
	tests := map[string]struct {
		said string // about lin, after she moved
		want string
	}{
		"it has another URL now":       {works(otherEWS), otherEWS},
		"it is in another forest":      {redirects("RedirectAddress", "lin@tailspin.example"), tailspinEWS},
		"it came back to us":           {redirects("RedirectAddress", "lin@contoso.com"), "moved_to_source"},
		"it is gone":                   {says("InvalidUser"), "unknown_user"},
		"nothing has changed":          {works(fabrikamEWS), fabrikamEWS},
		"the service has no idea":      {says("InternalServerError"), fabrikamEWS},
		"the service says what is new": {says("SomethingNew"), fabrikamEWS},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := moving{}
				s := &service{says: m.says}
				d := directory(t, fabrikam(s), tailspin(&service{says: func(string) string { return works(tailspinEWS) }}))
				before := routes(t, d, "lin@fabrikam.example", "mei@fabrikam.example")
				s.calls()

				m["lin@fabrikam.example"] = tt.said
				d.Failed(before[0], freebusy.ErrMoved)
				got := words(routes(t, d, "lin@fabrikam.example", "mei@fabrikam.example"))
				if diff := cmp.Diff([]string{tt.want, fabrikamEWS}, got); diff != "" {
					t.Errorf("routes after lin failed (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]string{"lin@fabrikam.example"}, s.lastAsked()); diff != "" {
					t.Errorf("asked again (-want +got):\n%s", diff)
				}
				s.calls()

				d.Failed(before[0], freebusy.ErrMoved)
				time.Sleep(time.Second)
				if again := route(t, d, "lin@fabrikam.example"); again != tt.want || s.calls() != 0 {
					t.Errorf("within a minute the route is %s, want %s without a request", again, tt.want)
				}
			})
		})
	}
}

func TestCheckThatFailsLeavesTheOldRoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{}
		d := directory(t, fabrikam(s))
		r := routes(t, d, "lin@fabrikam.example")[0]
		s.takes = time.Minute
		d.Failed(r, freebusy.ErrMoved)
		began := time.Now()
		if got := route(t, d, "lin@fabrikam.example"); got != fabrikamEWS || time.Since(began) != 5*time.Second {
			t.Errorf("route is %s after %v, want the old one after 5s", got, time.Since(began))
		}
		time.Sleep(time.Minute)
	})
}

// A mailbox that went from fabrikam to tailspin and back again is unknown where
// the alias points; only fabrikam can say so.
func TestAliasIsCheckedWhereItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := moving{"lin@fabrikam.example": redirects("RedirectAddress", "lin@tailspin.example")}
		s := &service{says: m.says}
		d := directory(t, fabrikam(s), tailspin(&service{says: func(string) string { return works(tailspinEWS) }}))
		r := routes(t, d, "lin@fabrikam.example")[0]
		if r.Connector != "tailspin" || r.Address != "lin@tailspin.example" {
			t.Fatalf("route %+v, want the one to tailspin", r)
		}
		delete(m, "lin@fabrikam.example")
		d.Failed(r, freebusy.ErrMoved)
		if got := route(t, d, "lin@fabrikam.example"); got != fabrikamEWS {
			t.Errorf("route is %s, want the one back at fabrikam", got)
		}
	})
}

func TestManyFailuresDoubtTheForestInstead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ews := fabrikamEWS
		s := &service{says: func(string) string { return works(ews) }}
		d := directory(t, fabrikam(s))
		var addresses []string
		for i := range 100 {
			addresses = append(addresses, fmt.Sprintf("user%d@fabrikam.example", i))
		}
		before := routes(t, d, addresses...)
		s.calls()
		time.Sleep(time.Hour)
		ews = otherEWS
		for _, r := range before {
			d.Failed(r, freebusy.ErrMoved)
		}
		routes(t, d, addresses...)
		synctest.Wait()
		if n := s.calls(); n != suspectsPerSecond+1 {
			t.Errorf("%d requests, want %d for mailboxes and one for the forest", n, suspectsPerSecond)
		}
		if got := route(t, d, "somebody@fabrikam.example"); got != otherEWS {
			t.Errorf("everybody else goes to %s, want %s", got, otherEWS)
		}
	})
}

func TestDeviatingMailboxIsRefreshedBehindItsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := moving{"far@fabrikam.example": works(otherEWS)}
		s := &service{says: m.says}
		d := directory(t, fabrikam(s))
		routes(t, d, "lin@fabrikam.example", "far@fabrikam.example")
		delete(m, "far@fabrikam.example")
		time.Sleep(14 * time.Hour)
		if got := route(t, d, "far@fabrikam.example"); got != otherEWS {
			t.Errorf("stale, the route is %s, want %s", got, otherEWS)
		}
		synctest.Wait()
		if got := route(t, d, "far@fabrikam.example"); got != fabrikamEWS {
			t.Errorf("refreshed, the route is %s, want %s", got, fabrikamEWS)
		}
	})
}

func TestSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fixed := tailspin(nil)
		fixed.TargetSharingEpr = tailspinEWS
		s := &service{}
		d := directory(t, fabrikam(s), fixed)
		route(t, d, "lin@fabrikam.example")
		learnt := time.Now()
		time.Sleep(14 * time.Hour)
		s.first = func(w http.ResponseWriter, _ []string) bool { w.WriteHeader(http.StatusNotFound); return true }
		route(t, d, "lin@fabrikam.example")
		synctest.Wait()

		got := d.Snapshot()
		if pause := time.Until(got[0].Retry); pause < 27*time.Second || pause > 33*time.Second {
			t.Errorf("asked again in %v, want in about 30s", pause)
		}
		if why := got[0].Failure; why == nil || why.Kind != BadAnswer || !strings.Contains(why.Error(), "404") {
			t.Errorf("the cause is %v", why)
		}
		got[0].Retry, got[0].Failure = time.Time{}, nil
		want := []State{
			{
				Connector: "fabrikam", Domains: []string{"fabrikam.example", "*.fabrikam.example"},
				Discovery: "https://autodiscover.fabrikam.example/autodiscover/autodiscover.svc",
				Endpoint:  fabrikamEWS, Learnt: learnt,
				LastError: BadAnswer, Said: "System.Net.WebException: The remote server returned an error: (404) Not Found",
			},
			{Connector: "tailspin", Domains: []string{"tailspin.example"}, Endpoint: tailspinEWS, Fixed: true, Fresh: true},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
	})
}
