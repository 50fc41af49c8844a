package integration

import (
	"cmp"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"availproxy/integration/forest"
)

// wall is an address behind which nobody answers.
type wall struct {
	address string
	knocks  atomic.Int32
}

// newWall closes every connection at once or, silent, holds it and says
// nothing, until the test ends.
func newWall(t *testing.T, silent bool) *wall {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wall{address: listener.Addr().String()}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			w.knocks.Add(1)
			if silent {
				defer connection.Close()
			} else {
				connection.Close()
			}
		}
	})
	t.Cleanup(func() {
		listener.Close()
		accepting.Wait()
	})
	return w
}

// behind sends everything that is meant for f to the wall.
func (w *wall) behind(t *testing.T, f *forest.Forest) edit {
	return func(config string) string {
		for _, host := range []string{f.Host(), "autodiscover." + f.Domain()} {
			config = replace(t, f.ConnectTo()[host+":443"], w.address)(config)
		}
		return config
	}
}

// unremembered makes each question go to the forests, and keeps nothing that
// could stand in for an answer.
var unremembered = with("cache: {fresh: 0s, stale: 0s, negative: 0s, not_found: 0s}")

// impatient shortens the time that forests get.
func impatient(t *testing.T) edit {
	return func(config string) string {
		config = replace(t, "cloud: none", "cloud: none\n    timeout: 2s")(config)
		return with("timeouts: {answer: 10s, abandon: 12s}")(config)
	}
}

// TestAForestInTroubleCostsOnlyItsOwnMailboxes has the breaker close the door
// after three failures in a row. Whatever happens there, the other forest is
// asked and answers.
func TestAForestInTroubleCostsOnlyItsOwnMailboxes(t *testing.T) {
	t.Parallel()
	const alice, hiro = "alice@fabrikam.example", "hiro@wingtip.example"
	const questions, breakerFailures = 6, 3
	fabrikam, wingtip := twoForests(t)
	tests := map[string]struct {
		fault forest.Faults
		text  string // that the caller reads about the mailbox
		cause string // that the log holds
		asked int    // requests to the forest until it is left alone; one on a kept connection that is reset is repeated
		code  string // ErrorProxyRequestProcessingFailed unless set
	}{
		"it resets connections":        {forest.Faults{Reset: true}, "The underlying connection was closed", "reset by peer", 4, ""},
		"it shows a page to log on":    {forest.Faults{HTML: true}, "Response is not well-formed XML", "login page", 3, ""},
		"it answers garbage":           {forest.Faults{Garbage: true}, "Response is not well-formed XML", "not well-formed", 3, ""},
		"it stops in the middle":       {forest.Faults{Truncated: true}, "Response is not well-formed XML", "not well-formed", 3, ""},
		"it hangs up in the middle":    {forest.Faults{Cut: true}, "The underlying connection was closed", "unexpected EOF", 3, ""},
		"it is out of service":         {forest.Faults{Status: 503}, "HTTP status 503: Service Unavailable", "HTTP status 503", 3, ""},
		"it fails":                     {forest.Faults{Status: 500}, "HTTP status 500: Internal Server Error", "HTTP status 500", 3, ""},
		"it is busy":                   {forest.Faults{Busy: true}, "The server cannot service this request right now", "ErrorServerBusy", 1, ""},
		"it is busy and says how long": {forest.Faults{Busy: true, BackOff: time.Hour}, "The server cannot service this request right now", "ErrorServerBusy", 1, ""},
		"it asks for a pause":          {forest.Faults{Status: 503, RetryAfter: time.Hour}, "HTTP status 503", "HTTP status 503", 1, ""},
		"it takes its time":            {forest.Faults{Delay: time.Hour}, "Request could not be processed in time", "deadline exceeded", 3, "ErrorTimeoutExpired"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fabrikam.EWS.Journal.Clear()
			p := serve(t, []*forest.Forest{fabrikam, wingtip}, unremembered, impatient(t))
			c, q := p.caller(t, forest.Exchange2010), p.question(alice, hiro)
			isTrue(t, ask(t, c, q), q, forest.Exchange2010, fabrikam, wingtip)

			wingtip.EWS.Faults.Set(tt.fault)
			defer wingtip.EWS.Faults.Clear()
			var took []time.Duration
			for n := range questions {
				want := refused{tt.code, tt.text}
				if n >= min(tt.asked, breakerFailures) {
					want = refused{"", "The remote server is not asked for the moment"}
				}
				r := ask(t, c, q)
				isTrue(t, r, q, forest.Exchange2010, fabrikam)
				want.check(t, r.Mailboxes[1])
				took = append(took, r.Took)
			}
			if hits := wingtip.EWS.Faults.Hits(); hits != tt.asked {
				t.Errorf("the forest was asked %d times in %d questions, want %d", hits, questions, tt.asked)
			}
			if n := fabrikam.EWS.Journal.Asked(alice); n != 1+questions {
				t.Errorf("the other forest was asked %d times, want %d", n, 1+questions)
			}
			if tt.fault.Delay > 0 && took[questions-1] > took[0]/4 {
				t.Errorf("the forest that is left alone cost %v, when it was waited for %v", took[questions-1], took[0])
			}
			p.log.awaitCause(t, tt.cause)
		})
	}
}

// refused is an error for one mailbox.
type refused struct {
	code string // "" is ErrorProxyRequestProcessingFailed
	text string // a part of what the caller reads
}

// check fails unless m is that error, and nothing else.
func (want refused) check(t *testing.T, m forest.MailboxReply) {
	t.Helper()
	code := cmp.Or(want.code, "ErrorProxyRequestProcessingFailed")
	if m.Code != code || !strings.Contains(m.Text, want.text) {
		t.Errorf("%s: got %s %q, want %s with %q", m.Address, m.Code, m.Text, code, want.text)
	}
	if m.Class != "Error" || m.View != "None" || m.Merged != "" || len(m.Entries) > 0 || m.ExceptionServer == "" || m.ExceptionCode == 0 {
		t.Errorf("%s: the error comes as %+v", m.Address, m)
	}
}

// TestTheSecondQuestionToADeadForestCostsNothing asks a forest of which nothing
// is left, with the cache as it is by default.
func TestTheSecondQuestionToADeadForestCostsNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		silent bool
		want   refused
	}{
		"nobody is there": {false, refused{"ErrorAutoDiscoverFailed", "Unable to connect to the remote server"}},
		"nobody speaks":   {true, refused{"ErrorTimeoutExpired", "LID: 43404"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fabrikam, wingtip := twoForests(t)
			dead := newWall(t, tt.silent)
			p := serve(t, []*forest.Forest{fabrikam, wingtip}, impatient(t), dead.behind(t, wingtip))
			var took []time.Duration
			var knocks []int32
			for _, mailboxes := range [][]string{
				{"hiro@wingtip.example", "alice@fabrikam.example"},
				{"alice@fabrikam.example", "hiro@wingtip.example", "bob@wingtip.example"},
				{"greta@wingtip.example", "alice@fabrikam.example"},
			} {
				q := p.question(mailboxes...)
				r := ask(t, p.caller(t, forest.Exchange2010), q)
				isTrue(t, r, q, forest.Exchange2010, fabrikam)
				for _, m := range r.Mailboxes {
					if strings.HasSuffix(m.Address, "@wingtip.example") {
						tt.want.check(t, m)
					}
				}
				took, knocks = append(took, r.Took), append(knocks, dead.knocks.Load())
			}
			if knocks[0] == 0 || knocks[2] != knocks[0] {
				t.Errorf("the dead forest was knocked at %v times", knocks)
			}
			if tt.silent && max(took[1], took[2]) > took[0]/4 {
				t.Errorf("the questions took %v", took)
			}
			p.log.awaitCause(t, "discovery: connector wingtip.example")
		})
	}
}

// TestALateAnswerFillsTheCache lets the reply go out without a forest that
// dawdles, and finds what that forest said in the end.
func TestALateAnswerFillsTheCache(t *testing.T) {
	t.Parallel()
	fabrikam, wingtip := twoForests(t)
	p := serve(t, []*forest.Forest{fabrikam, wingtip}, with("timeouts: {answer: 1s, abandon: 20s}"))
	p.ask(t, "dana@wingtip.example", "dana@fabrikam.example") // finds both forests
	wingtip.EWS.Faults.Set(forest.Faults{Delay: 3 * time.Second, Times: 1})
	q := p.question("hiro@wingtip.example", "alice@fabrikam.example")
	c := p.caller(t, forest.Exchange2010)
	r := ask(t, c, q)
	isTrue(t, r, q, forest.Exchange2010, fabrikam)
	refused{"ErrorTimeoutExpired", "LID: 43404"}.check(t, r.Mailboxes[0])

	for r.Mailboxes[0].Code != "NoError" { // each round waits on the same fetch for a second
		r = ask(t, c, q)
	}
	isTrue(t, r, q, forest.Exchange2010, fabrikam, wingtip)
	if n := wingtip.EWS.Journal.Asked("hiro@wingtip.example"); n != 1 {
		t.Errorf("the forest was asked %d times for what it was already answering", n)
	}
}
