package ews

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// recorder keeps what it was asked and answers as reply does.
type recorder struct {
	reply http.Handler

	mu     sync.Mutex // guards asked and bodies
	asked  []*http.Request
	bodies []string
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.asked, r.bodies = append(r.asked, req), append(r.bodies, string(body))
	r.mu.Unlock()
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	r.reply.ServeHTTP(w, req)
}

func TestRequest(t *testing.T) {
	server := &recorder{reply: goodReply(t)}
	client := clientOf(t, server)
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{0x12, 0x34, 15: 0xff}, SpanID: trace.SpanID{1}})
	ctx := trace.ContextWithSpanContext(t.Context(), span)
	if _, err := client.Availability(ctx, aboutThem()); err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Accept":                   {"text/xml"},
		"Accept-Encoding":          {"gzip"},
		"Client-Request-Id":        {"12340000-0000-0000-0000-0000000000ff"},
		"Content-Length":           {fmt.Sprint(len(server.bodies[0]))},
		"Content-Type":             {"text/xml; charset=utf-8"},
		"Return-Client-Request-Id": {"true"},
		"Soapaction":               {`"http://schemas.microsoft.com/exchange/services/2006/messages/GetUserAvailability"`},
		"User-Agent":               {DefaultUserAgent(buildVersion())},
		"X-Anchormailbox":          {"li.na@contoso.example"},
	}
	if diff := cmp.Diff(want, server.asked[0].Header); diff != "" {
		t.Errorf("the headers are otherwise (-want +got):\n%s", diff)
	}
	golden(t, "upstream/request.golden", []byte(server.bodies[0]))
	validated(t).add(t, []byte(server.bodies[0]))
}

// TestOnlyTheseOperationsAreAsked lists what the client says in the namespace of
// operations. With the permissions that some forests grant us, any other
// operation would read mail.
func TestOnlyTheseOperationsAreAsked(t *testing.T) {
	want := []string{
		"GetMailTips", "GetUserAvailabilityRequest", "MailTipsRequested", "MailboxDataArray", "Recipients", "SendingAs", // elements
		"GetMailTips", "GetUserAvailability", // SOAPActions
	}
	files, err := filepath.Glob("client*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`"m:(\w+)"|<m:(\w+)|operation = "(\w+)"`)
	var got []string
	for _, file := range append(files, "mailtips_client.go", "mailtips_request.go", "namespace.go", "operation.go") {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range named.FindAllStringSubmatch(string(source), -1) {
			got = append(got, strings.Join(name[1:], ""))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the client says %q, want %q", got, want)
	}
}

func TestQuestion(t *testing.T) {
	at := func(clock string) time.Time {
		t.Helper()
		moment, err := time.Parse("15:04:05.000 -0700", clock)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	tests := map[string]struct {
		from, to string
		interval time.Duration
		detail   freebusy.Detail
		want     string
	}{
		"the window is UTC":                       {"10:00:00.000 +0800", "11:00:00.000 +0800", time.Hour, freebusy.Detailed, "02:00:00-03:00:00 60 DetailedMerged"},
		"parts of seconds are asked for whole":    {"10:00:00.500 +0000", "10:59:59.001 +0000", 15 * time.Minute, freebusy.FreeBusy, "10:00:00-11:00:00 15 FreeBusyMerged"},
		"events are wanted where digits would do": {"10:00:00.000 +0000", "11:00:00.000 +0000", time.Hour, freebusy.MergedOnly, "10:00:00-11:00:00 60 FreeBusyMerged"},
		"no interval is the usual one":            {"10:00:00.000 +0000", "12:00:00.000 +0000", 0, freebusy.FreeBusy, "10:00:00-12:00:00 30 FreeBusyMerged"},
		"a slot is not longer than the window":    {"10:00:00.000 +0000", "10:20:30.000 +0000", time.Hour, freebusy.FreeBusy, "10:00:00-10:20:30 20 FreeBusyMerged"},
		"a window holds a slot":                   {"10:00:00.000 +0000", "10:01:00.000 +0000", time.Minute, freebusy.FreeBusy, "10:00:00-10:05:00 5 FreeBusyMerged"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			q := newQuestion(freebusy.Query{
				Window: freebusy.Window{Start: at(tt.from), End: at(tt.to)}, Interval: tt.interval, Detail: tt.detail,
			}, nil)
			got := fmt.Sprintf("%s-%s %d %s", q.window.Start.Format(time.TimeOnly), q.window.End.Format(time.TimeOnly), q.interval/time.Minute, q.view())
			if got != tt.want {
				t.Errorf("asks for %q, want %q", got, tt.want)
			}
		})
	}
}

// echo answers each mailbox with one event, as long in minutes as the number in
// its name, and an error where there is no number.
func echo(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m, err := soap.Read(r.Body, soap.Limits{})
		if err != nil {
			t.Errorf("the request cannot be read: %v", err)
			return
		}
		w.Header().Set("Content-Type", contentType)
		fmt.Fprintf(w, `<s:Envelope xmlns:s="%s"><s:Body><GetUserAvailabilityResponse xmlns="%s" xmlns:t="%s"><FreeBusyResponseArray>`, soap.Envelope11, nsMessages, nsTypes)
		for _, data := range children(child(m.Body, "MailboxDataArray"), "MailboxData") {
			var minutes int
			if _, err := fmt.Sscanf(childText(child(data, "Email"), "Address"), "m%d@", &minutes); err != nil {
				io.WriteString(w, `<FreeBusyResponse><ResponseMessage ResponseClass="Error"><MessageText>no</MessageText><ResponseCode>ErrorNoFreeBusyAccess</ResponseCode></ResponseMessage></FreeBusyResponse>`)
				continue
			}
			end := threeDays.Start.Add(time.Duration(minutes) * time.Minute)
			fmt.Fprintf(w, `<FreeBusyResponse><ResponseMessage ResponseClass="Success"/><FreeBusyView><t:FreeBusyViewType>FreeBusy</t:FreeBusyViewType><t:CalendarEventArray><t:CalendarEvent>`+
				`<t:StartTime>%s</t:StartTime><t:EndTime>%s</t:EndTime><t:BusyType>Busy</t:BusyType></t:CalendarEvent></t:CalendarEventArray></FreeBusyView></FreeBusyResponse>`,
				threeDays.Start.Format(wallClock), end.Format(wallClock))
		}
		io.WriteString(w, `</FreeBusyResponseArray></GetUserAvailabilityResponse></s:Body></s:Envelope>`)
	})
}

func TestBatchesKeepTheOrder(t *testing.T) {
	server := &recorder{reply: echo(t)}
	client := clientOf(t, server)
	q := aboutThem()
	q.Mailboxes = nil
	for i := range 250 {
		q.Mailboxes = append(q.Mailboxes, freebusy.SMTP(fmt.Sprintf("m%d@contoso.example", i+1)))
	}
	q.Mailboxes[7] = freebusy.SMTP("who@contoso.example")
	q.Mailboxes[120] = q.Mailboxes[3] // a duplicate is answered twice
	for i, a := range answersOf(t, client, q) {
		want := i + 1
		switch i {
		case 7:
			if a.Err == nil || a.Err.Code != freebusy.ErrorNoFreeBusyAccess {
				t.Errorf("mailbox 7: %+v, want ErrorNoFreeBusyAccess", a)
			}
			continue
		case 120:
			want = 4
		}
		if a.Err != nil {
			t.Fatalf("mailbox %d: %v", i, a.Err)
		}
		if got := a.Calendar.Events[0]; got.End.Sub(got.Start) != time.Duration(want)*time.Minute {
			t.Errorf("mailbox %d: its event takes %s, want %d minutes", i, got.End.Sub(got.Start), want)
		}
	}
	var sizes []int
	for _, body := range server.bodies {
		sizes = append(sizes, strings.Count(body, "<t:MailboxData>"))
	}
	slices.Sort(sizes)
	if want := []int{50, 100, 100}; !slices.Equal(sizes, want) {
		t.Errorf("the batches have %v mailboxes, want %v", sizes, want)
	}
}

func TestOneBatchThatFailsCostsOnlyItself(t *testing.T) {
	answer := echo(t)
	client := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-AnchorMailbox") == "m101@contoso.example" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		answer.ServeHTTP(w, r)
	}))
	q := aboutThem()
	q.Mailboxes = nil
	for i := range 201 {
		q.Mailboxes = append(q.Mailboxes, freebusy.SMTP(fmt.Sprintf("m%d@contoso.example", i+1)))
	}
	for i, a := range answersOf(t, client, q) {
		if failed := i >= 100 && i < 200; failed != (a.Err != nil) {
			t.Errorf("mailbox %d: failed is %t, want %t", i, a.Err != nil, failed)
		}
	}
}

func TestAnswersSayWhereTheyComeFrom(t *testing.T) {
	p := goodReply(t)
	p.header.Set("request-id", "8a2b6d1e-0000-4000-8000-000000000001")
	client := clientOf(t, p)
	before := time.Now()
	c := answersOf(t, client, aboutThem())[0].Calendar
	want := freebusy.Origin{Connector: "contoso", Backend: "ews", URL: client.URL, RequestID: "8a2b6d1e-0000-4000-8000-000000000001"}
	if c.Origin != want || c.Known != threeDays {
		t.Errorf("origin %+v, known %v, want %+v, %v", c.Origin, c.Known, want, threeDays)
	}
	if c.AsOf.Before(before) || c.AsOf.After(time.Now()) {
		t.Errorf("as of %s, want now", c.AsOf)
	}
}

// TestAddressesCannotBreakRequests asks for mailboxes whose names no header and
// no XML can carry.
func TestAddressesCannotBreakRequests(t *testing.T) {
	server := &recorder{reply: echo(t)}
	q := aboutThem()
	q.Mailboxes = []freebusy.Mailbox{
		freebusy.SMTP("a\r\nX-Evil: 1@contoso.example"), freebusy.SMTP("</t:Address>\x00<&@contoso.example"),
		{Address: "/o=Contoso/cn=Li", RoutingType: "EX"}, freebusy.SMTP("m5@contoso.example"),
	}
	answers := answersOf(t, clientOf(t, server), q)
	if answers[3].Err != nil {
		t.Errorf("the good mailbox got %v", answers[3].Err)
	}
	if got := server.asked[0].Header.Get("X-AnchorMailbox"); got != "m5@contoso.example" {
		t.Errorf("the anchor is %q, want the first mailbox that can be one", got)
	}
	if got := strings.Count(server.bodies[0], "<t:RoutingType>EX</t:RoutingType>"); got != 1 {
		t.Errorf("%d mailboxes are asked for by legacyExchangeDN, want 1", got)
	}
}

func TestNoCookiesAreKept(t *testing.T) {
	p := goodReply(t)
	p.header.Set("Set-Cookie", "X-BackEndCookie=secret; path=/")
	server := &recorder{reply: p}
	client := clientOf(t, server)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client.HTTP.Jar = jar
	answersOf(t, client, aboutThem())
	answersOf(t, client, aboutThem())
	if got := server.asked[1].Header.Get("Cookie"); got != "" {
		t.Errorf("the second request carries the cookie %q", got)
	}
}

func TestAConnectionThatWasClosedMeanwhileCostsNoAnswer(t *testing.T) {
	good := goodReply(t)
	var conns sync.Map
	client := clientOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, again := conns.LoadOrStore(r.RemoteAddr, true); again {
			io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler) // the second request on a connection finds it closed
		}
		good.ServeHTTP(w, r)
	}))
	answersOf(t, client, aboutThem())
	if got := answersOf(t, client, aboutThem())[0]; got.Err != nil {
		t.Errorf("the second question failed: %v", got.Err.Err)
	}
}
