package discovery

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

func TestFirstQuestionTeachesTheWholeForest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{says: func(user string) string {
			switch {
			case strings.HasPrefix(user, "gone"):
				return says("InvalidUser")
			case strings.HasPrefix(user, "far"):
				return works(otherEWS)
			}
			return works(fabrikamEWS)
		}}
		d := directory(t, fabrikam(s))
		got := words(routes(t, d, "lin@fabrikam.example", "gone@fabrikam.example", "LIN@fabrikam.example", "far@fabrikam.example"))
		if diff := cmp.Diff([]string{fabrikamEWS, "unknown_user", fabrikamEWS, otherEWS}, got); diff != "" {
			t.Errorf("routes (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"lin@fabrikam.example", "gone@fabrikam.example", "far@fabrikam.example"}, s.lastAsked()); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		if n := s.calls(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}

		got = words(routes(t, d, "nobody-knows@eu.fabrikam.example", "gone@fabrikam.example", "far@fabrikam.example"))
		if diff := cmp.Diff([]string{fabrikamEWS, "unknown_user", otherEWS}, got); diff != "" {
			t.Errorf("routes from memory (-want +got):\n%s", diff)
		}
		if n := s.calls(); n != 0 {
			t.Errorf("%d requests for what is known, want none", n)
		}
	})
}

func TestMailboxesWithoutAForestCostNothing(t *testing.T) {
	s := &service{}
	d := directory(t, fabrikam(s))
	tests := map[string]struct {
		mailbox freebusy.Mailbox
		want    freebusy.Error
	}{
		"a domain that nobody configured": {
			freebusy.SMTP("a@tailspin.example"),
			freebusy.Error{Code: "ErrorAddressSpaceNotFound", Text: "Configuration information for forest/domain tailspin.example could not be found in Active Directory. LID: 47932"},
		},
		"no address": {
			freebusy.SMTP("foobar"),
			freebusy.Error{Code: "ErrorInvalidSmtpAddress", Text: "E-mail address <>SMTP:foobar is not a valid SMTP address."},
		},
		"a legacyExchangeDN": {
			freebusy.Mailbox{Address: "/o=Contoso/cn=anna", RoutingType: "EX"},
			freebusy.Error{Code: "ErrorMailRecipientNotFound", Text: "Unable to resolve e-mail address <>EX:/o=Contoso/cn=anna to an Active Directory object. LID: 57660"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := d.Routes(t.Context(), []freebusy.Mailbox{tt.mailbox})[0]
			if diff := cmp.Diff(freebusy.Route{Address: tt.mailbox.Address, Err: &tt.want}, got); diff != "" {
				t.Errorf("route (-want +got):\n%s", diff)
			}
			if name, ok := d.ConnectorFor(tt.mailbox); ok {
				t.Errorf("its connector is %s, want none", name)
			}
		})
	}
	if n := s.calls(); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

func TestFixedURLSkipsAutodiscover(t *testing.T) {
	c := fabrikam(nil)
	c.TargetSharingEpr, c.HTTP = "https://EWS.fabrikam.example:443/EWS/Exchange.asmx", nil
	d := directory(t, c)
	got := routes(t, d, "Lin@fabrikam.example")[0]
	want := freebusy.Route{Connector: "fabrikam", Endpoint: fabrikamEWS, Address: "Lin@fabrikam.example"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("route (-want +got):\n%s", diff)
	}
	d.Failed(got, freebusy.ErrMoved)
	if again := route(t, d, "Lin@fabrikam.example"); again != fabrikamEWS {
		t.Errorf("after a failure the route is %s, want it unchanged", again)
	}
}

func TestAnotherURLTakesOverWhileWeRun(t *testing.T) {
	service := &service{}
	c := fabrikam(service)
	instead := ""
	c.Instead = func() string { return instead }
	d := directory(t, c)
	if got := route(t, d, "lin@fabrikam.example"); got != fabrikamEWS {
		t.Errorf("at first the route is %s", got)
	}
	instead = "https://graph.example/v1.0"
	for _, who := range []string{"lin@fabrikam.example", "new@fabrikam.example"} {
		if got := route(t, d, who); got != instead {
			t.Errorf("then the route of %s is %s, want %s", who, got, instead)
		}
	}
	if n := service.calls(); n != 1 {
		t.Errorf("autodiscover was asked %d times, want once", n)
	}
}

func TestConnectorThatIsNotEnabledDoesNotExist(t *testing.T) {
	c := fabrikam(&service{})
	c.Enabled = false
	if got := route(t, directory(t, c), "lin@fabrikam.example"); got != "ErrorAddressSpaceNotFound" {
		t.Errorf("route is %s, want none", got)
	}
}

func TestManyAskAtOnceAndOneIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: time.Second}
		d := directory(t, fabrikam(s))
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				if got := route(t, d, fmt.Sprintf("user%d@fabrikam.example", i)); got != fabrikamEWS {
					t.Errorf("user%d goes to %s", i, got)
				}
			})
		}
		wg.Wait()
		if n := s.calls(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

// Those who waited for somebody else's look-up and learnt nothing from it look
// for themselves, in one request.
func TestWaitersAreNotFooledByAnotherMailbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: time.Second, says: func(user string) string {
			if strings.HasPrefix(user, "gone") {
				return says("InvalidUser")
			}
			return works(fabrikamEWS)
		}}
		d := directory(t, fabrikam(s))
		var wg sync.WaitGroup
		wg.Go(func() { route(t, d, "gone@fabrikam.example") })
		synctest.Wait()
		got := words(routes(t, d, "lin@fabrikam.example", "mei@fabrikam.example", "gone2@fabrikam.example"))
		wg.Wait()
		if diff := cmp.Diff([]string{fabrikamEWS, fabrikamEWS, "unknown_user"}, got); diff != "" {
			t.Errorf("routes (-want +got):\n%s", diff)
		}
		if n := s.calls(); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

func TestLookUpOutlivesWhoeverAskedFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: 3 * time.Second}
		d := directory(t, fabrikam(s))
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := d.Routes(impatient, []freebusy.Mailbox{freebusy.SMTP("lin@fabrikam.example")})[0]
		if r.Err == nil || r.Err.Code != freebusy.ErrorTimeoutExpired {
			t.Errorf("who left early got %v, want %s", r.Err, freebusy.ErrorTimeoutExpired)
		}
		if got := route(t, d, "mei@fabrikam.example"); got != fabrikamEWS {
			t.Errorf("who stayed got %s", got)
		}
		if n := s.calls(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

func TestNobodyWaitsLongerThanPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: 30 * time.Second}
		d := directory(t, fabrikam(s))
		began := time.Now()
		if got := route(t, d, "lin@fabrikam.example"); got != "deadline" {
			t.Errorf("route is %s, want deadline", got)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %v, want 5s", took)
		}
		began = time.Now()
		if got := route(t, d, "mei@fabrikam.example"); got != "deadline" || time.Since(began) != 0 {
			t.Errorf("the next question is %s after %v, want deadline at once", got, time.Since(began))
		}
		synctest.Wait()
		time.Sleep(attemptTimeout)
		synctest.Wait()
		began = time.Now()
		if got := route(t, d, "lin@fabrikam.example"); got != "unreachable" || time.Since(began) != 0 {
			t.Errorf("afterwards the route is %s after %v, want unreachable at once", got, time.Since(began))
		}
	})
}

func TestStaleDefaultIsUsedWhileItIsRefreshed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ews := fabrikamEWS
		s := &service{says: func(string) string { return works(ews) }}
		d := directory(t, fabrikam(s))
		route(t, d, "lin@fabrikam.example")
		time.Sleep(14 * time.Hour)
		ews, s.takes = otherEWS, 4*time.Second
		began := time.Now()
		for range 10 {
			if got := route(t, d, "lin@fabrikam.example"); got != fabrikamEWS || time.Since(began) != 0 {
				t.Fatalf("the stale route is %s after %v", got, time.Since(began))
			}
		}
		time.Sleep(5 * time.Second)
		if got := route(t, d, "lin@fabrikam.example"); got != otherEWS {
			t.Errorf("after the refresh the route is %s, want %s", got, otherEWS)
		}
		if n := s.calls(); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

func TestStaleDefaultEndsOneDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{}
		d := directory(t, fabrikam(s))
		route(t, d, "lin@fabrikam.example")
		s.first = func(w http.ResponseWriter, _ []string) bool { w.WriteHeader(http.StatusBadGateway); return true }
		time.Sleep(7*24*time.Hour - time.Minute)
		if got := route(t, d, "lin@fabrikam.example"); got != fabrikamEWS {
			t.Errorf("shortly before its end the route is %s", got)
		}
		time.Sleep(2 * time.Minute)
		if got := route(t, d, "lin@fabrikam.example"); got != "unreachable" {
			t.Errorf("after its end the route is %s, want unreachable", got)
		}
	})
}

func TestUnknownMailboxIsAskedAgainLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{says: func(string) string { return says("InvalidUser") }}
		d := directory(t, fabrikam(s))
		for _, step := range []struct {
			after time.Duration
			calls int
		}{{0, 1}, {9 * time.Minute, 0}, {2 * time.Minute, 1}} {
			time.Sleep(step.after)
			r := routes(t, d, "gone@fabrikam.example")[0]
			if r.Err == nil || r.Err.Code != freebusy.ErrorMailRecipientNotFound || !strings.HasSuffix(r.Err.Text, "Error message: InvalidUser. LID: 33676") {
				t.Errorf("route %+v, want an unknown recipient", r)
			}
			if n := s.calls(); n != step.calls {
				t.Errorf("after %v: %d requests, want %d", step.after, n, step.calls)
			}
		}
	})
}

func TestDeadServiceIsLeftAloneForLongerAndLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		s := &service{first: func(w http.ResponseWriter, _ []string) bool {
			if broken {
				http.Error(w, "no", http.StatusBadGateway)
			}
			return broken
		}}
		d := directory(t, fabrikam(s))
		for _, pause := range []time.Duration{30, 60, 120, 240, 480, 600, 600} {
			route(t, d, "lin@fabrikam.example")
			time.Sleep(pause * time.Second * 85 / 100)
			if got := route(t, d, "mei@fabrikam.example"); got != "unreachable" {
				t.Fatalf("route is %s, want unreachable", got)
			}
			if n := s.calls(); n != 1 {
				t.Errorf("%d requests within %v, want 1", n, pause*time.Second)
			}
			time.Sleep(pause * time.Second * 30 / 100)
		}
		broken = false
		if got := route(t, d, "lin@fabrikam.example"); got != fabrikamEWS {
			t.Errorf("when it is back the route is %s", got)
		}
	})
}

func TestServiceThatRefusesUsIsNotTakenForDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{first: func(w http.ResponseWriter, _ []string) bool { w.WriteHeader(http.StatusForbidden); return true }}
		d := directory(t, fabrikam(s))
		for range 5 {
			route(t, d, "lin@fabrikam.example")
			time.Sleep(35 * time.Second)
		}
		if n := s.calls(); n != 5 {
			t.Errorf("%d requests in five half minutes, want 5", n)
		}
	})
}

func TestBusyServiceIsObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{first: func(w http.ResponseWriter, _ []string) bool {
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}}
		d := directory(t, fabrikam(s))
		for range 4 {
			if got := route(t, d, "lin@fabrikam.example"); got != "busy" {
				t.Fatalf("route is %s, want busy", got)
			}
			time.Sleep(30 * time.Second)
		}
		if n := s.calls(); n > 2 {
			t.Errorf("%d requests in two minutes that were asked for, want at most 2", n)
		}
	})
}

func TestRunEndsWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{}
		d := directory(t, fabrikam(s))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- d.Run(ctx) }()
		route(t, d, "lin@fabrikam.example")
		time.Sleep(14 * time.Hour)
		s.takes = time.Hour
		route(t, d, "lin@fabrikam.example") // starts a refresh
		synctest.Wait()
		began := time.Now()
		cancel()
		if err := <-ended; err != nil || time.Since(began) != 0 {
			t.Errorf("Run ended with %v after %v, want nil at once", err, time.Since(began))
		}
		if got := route(t, d, "mei@fabrikam.example"); got != fabrikamEWS {
			t.Errorf("what was known is %s after Run", got)
		}
		if state := d.Snapshot()[0]; state.LastError != "" {
			t.Errorf("being stopped was held against the service: %+v", state)
		}
	})
}

func TestStoppedDirectoryAsksNobody(t *testing.T) {
	s := &service{}
	d := directory(t, fabrikam(s))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d.Run(ctx)
	if got := route(t, d, "lin@fabrikam.example"); got != "unreachable" || s.calls() != 0 {
		t.Errorf("route is %s, want unreachable without a request", got)
	}
}

func TestPanicInALookUpIsOneMailboxsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{says: func(string) string { panic("surprise") }}
		d := directory(t, fabrikam(s))
		if got := route(t, d, "lin@fabrikam.example"); got != "unreachable" {
			t.Errorf("route is %s, want unreachable", got)
		}
	})
}

func TestLargeQuestionsGoInBatches(t *testing.T) {
	tests := map[string]struct {
		limit int // of the service
		want  []int
	}{
		"as large as we make them": {50, []int{50, 50}},
		"smaller when refused":     {20, []int{50, 25, 12, 12, 1, 12, 12, 1, 12, 12, 12, 12, 2}},
		"one at a time at worst":   {1, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sizes []int
				s := &service{first: func(w http.ResponseWriter, users []string) bool {
					sizes = append(sizes, len(users))
					if len(users) <= tt.limit {
						return false
					}
					w.Write([]byte(response("InvalidRequest", "")))
					return true
				}}
				d := directory(t, fabrikam(s))
				var addresses []string
				for i := range 100 {
					addresses = append(addresses, fmt.Sprintf("user%d@fabrikam.example", i))
				}
				got := words(routes(t, d, addresses...))
				if slices.ContainsFunc(got, func(w string) bool { return w != fabrikamEWS }) {
					t.Errorf("routes %v", got)
				}
				if tt.want != nil && !slices.Equal(sizes, tt.want) {
					t.Errorf("batches of %v, want %v", sizes, tt.want)
				}
			})
		})
	}
}

func TestNewSaysEverythingThatIsWrong(t *testing.T) {
	twice, nowhere, insecure, nameless := fabrikam(&service{}), tailspin(nil), tailspin(&service{}), fabrikam(&service{})
	twice.Name = "twice"
	nowhere.Name, nowhere.DiscoveryEndpoint = "nowhere", ""
	insecure.Name, insecure.DiscoveryEndpoint = "insecure", "http://autodiscover.tailspin.example/"
	nameless.Name, nameless.TargetAddressDomains = "", []string{"com"}
	_, err := New([]Connector{fabrikam(&service{}), twice, nowhere, insecure, nameless}, Options{AcceptedDomains: []string{"a b"}})
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{
		`domain "a b"`, "connector twice: domain \"fabrikam.example\": the domain is named twice", "connector nowhere: neither",
		"connector insecure: URL \"http://autodiscover.tailspin.example/\": want https", "a name of its own", "one label",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not mention %q:\n%v", want, err)
		}
	}
}
