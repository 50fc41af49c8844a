package forest

import (
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Faults is what EWS or Graph does wrong on purpose. The zero Faults is a healthy
// server. Of the faults that take the place of an answer, the first one set
// wins.
type Faults struct {
	Only  []string      // strike only requests that name one of these addresses; none means all requests
	Times int           // strike that many requests and be healthy again; 0 means for good
	Delay time.Duration // before anything else; ends early when the caller gives up

	Status      int           // 401, 403, 500, 503 ... with the body of the service, which for EWS is empty
	Diagnostics string        // x-ms-diagnostics, with Status
	Page        string        // HTML that comes with Status, and without anything else that Microsoft would send
	RetryAfter  time.Duration // Retry-After in whole seconds, with Status
	Redirect    string        // 302 to that URL
	Reset       bool          // the connection is reset without an answer
	Busy        bool          // the fault ErrorServerBusy, or the throttling of Graph ...
	BackOff     time.Duration // ... with this BackOffMilliseconds, unless 0
	HTML        bool          // 200 with a page of HTML
	Garbage     bool          // 200 with bytes that are no XML and no JSON

	Cut       bool // the connection ends in the middle of the answer
	Truncated bool // the answer ends in the middle, the HTTP message does not
	Chunked   bool // the answer comes in many small pieces, without its length
	Gzip      bool // the answer is compressed, whether or not the caller can read that

	Reverse  bool   // the answers of the mailboxes in the wrong order
	Missing  int    // that many answers are left out at the end
	Extra    int    // that many answers too many, copies of the first one
	EveryTip bool   // mail tips that nobody asked for as well
	Lacks    string // an operation, such as GetMailTips, that the server does not know
	Mailbox  map[string]MailboxFault
	Renamed  map[string]string        // of Graph: the answer about this lower-case address says that it is about that one
	Override func(body []byte) []byte // changes the finished answer
}

// FirewallPage is what something between the caller and Microsoft says that lets
// nobody pass, as a Page: it is not Exchange that has ended EWS.
const FirewallPage = "<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><h1>Access denied</h1>" +
	"<p>outlook.office365.com/EWS/Exchange.asmx is blocked by the policy of your organization. EWS is disabled.</p></body></html>"

// MailboxFault is an error for one mailbox, by its lower-case address, while
// the others are answered.
type MailboxFault struct {
	Code   string // a ResponseCode, such as ErrorMailboxMoveInProgress
	Text   string
	Number int    // ExceptionCode, and responseCode of Graph; 0 means that no sample shows it
	Source string // ResponseSource: the URL of the server that refused
}

// Switchboard holds the Faults that are on. The zero Switchboard has none; it
// may be used from several goroutines and must not be copied.
type Switchboard struct {
	mu     sync.Mutex // guards what follows
	faults Faults
	hits   int
}

// Set switches to f for all requests that come from now on.
func (s *Switchboard) Set(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.hits = f, 0
}

// Clear makes the server healthy.
func (s *Switchboard) Clear() { s.Set(Faults{}) }

// Hits is how many requests were struck since the last Set. A healthy server
// counts all of them.
func (s *Switchboard) Hits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits
}

// strike returns the faults for a request for those mailboxes and counts it.
func (s *Switchboard) strike(asked []target) Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults
	if len(f.Only) > 0 && !slices.ContainsFunc(asked, f.names) {
		return Faults{}
	}
	s.hits++
	if s.faults.Times > 0 {
		if s.faults.Times--; s.faults.Times == 0 {
			s.faults = Faults{}
		}
	}
	return f
}

func (f Faults) names(t target) bool {
	return slices.ContainsFunc(f.Only, func(address string) bool { return strings.EqualFold(address, t.address) })
}

// dialect is how a service says that it failed.
type dialect interface {
	failed(w http.ResponseWriter, status int)
	busy(w http.ResponseWriter, backOff time.Duration)
}

// instead answers in place of the server and reports whether it did.
func (f Faults) instead(w http.ResponseWriter, r *http.Request, d dialect) bool {
	if !wait(r.Context(), f.Delay) {
		return true
	}
	switch {
	case f.Status != 0 && f.Page != "":
		clear(w.Header())
		writePage(w, f.Status, f.Page)
	case f.Status != 0:
		if f.Diagnostics != "" {
			w.Header().Set("x-ms-diagnostics", f.Diagnostics)
		}
		if f.RetryAfter > 0 {
			setRetryAfter(w, f.RetryAfter)
		}
		d.failed(w, f.Status)
	case f.Redirect != "":
		w.Header().Set("Location", f.Redirect)
		w.WriteHeader(http.StatusFound)
	case f.Reset:
		reset(w)
	case f.Busy:
		d.busy(w, f.BackOff)
	case f.HTML:
		writePage(w, http.StatusOK, "<!DOCTYPE html><html><head><title>Outlook</title></head><body>Sign in<br></body></html>")
	case f.Garbage:
		send(w, http.StatusOK, []byte("\x00\x01<<<]]>&nbsp;\xff"))
	default:
		return false
	}
	return true
}

func writePage(w http.ResponseWriter, status int, page string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, page)
}

func setRetryAfter(w http.ResponseWriter, d time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(d/time.Second)))
}

// shuffle changes how many answers there are, and whose.
func shuffle[A any](f Faults, answers []A) []A {
	answers = slices.Clone(answers)
	if f.Reverse {
		slices.Reverse(answers)
	}
	answers = answers[:max(0, len(answers)-f.Missing)]
	for range f.Extra {
		answers = append(answers, answers[0])
	}
	return answers
}

// refuse returns the error that the mailbox is to have, or nil.
func (f Faults) refuse(t target) *refusal {
	m, found := f.Mailbox[strings.ToLower(t.address)]
	if !found {
		return nil
	}
	if m.Number == 0 {
		m.Number = unpublished
	}
	return &refusal{code: m.Code, text: m.Text, exception: strings.TrimPrefix(m.Code, "Error") + "Exception", number: m.Number, source: m.Source}
}

// reset ends the connection so that the caller sees a TCP reset.
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // HTTP/2, which no forest speaks
	}
	defer connection.Close()
	bottom := connection
	if secure, ok := bottom.(interface{ NetConn() net.Conn }); ok {
		bottom = secure.NetConn()
	}
	if tcp, ok := bottom.(*net.TCPConn); ok {
		tcp.SetLinger(0)
		tcp.Close() // before TLS says goodbye
	}
}

// wait reports whether the caller is still there after d.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
