package ews

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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
	if _, err := client.Availability(ctx, aboutPeople()); err != nil {
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
	golden(t, "testdata/request.golden.xml", []byte(server.bodies[0]))
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *updateAnswers {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is otherwise (-want +got):\n%s", file, diff)
	}
}

// TestOnlyThisOperationIsAsked lists what the client says in the namespace of
// operations. With the permissions that some forests grant us, any other
// operation would read mail.
func TestOnlyThisOperationIsAsked(t *testing.T) {
	want := []string{"GetUserAvailability", "GetUserAvailabilityRequest", "MailboxDataArray"}
	files, err := filepath.Glob("client*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`"m:(\w+)"|nsMessages \+ "/(\w+)"`)
	var got []string
	for _, file := range append(files, "namespace.go") {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range named.FindAllStringSubmatch(string(source), -1) {
			got = append(got, name[1]+name[2])
		}
	}
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) {
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
	q := aboutPeople()
	q.Mailboxes = nil
	for i := range 250 {
		q.Mailboxes = append(q.Mailboxes, freebusy.SMTP(fmt.Sprintf("m%d@contoso.example", i+1)))
	}
	q.Mailboxes[7] = freebusy.SMTP("who@contoso.example")
	q.Mailboxes[120] = q.Mailboxes[3] // a duplicate is answered twice
	for i, a := range ask(t, client, q) {
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
	q := aboutPeople()
	q.Mailboxes = nil
	for i := range 201 {
		q.Mailboxes = append(q.Mailboxes, freebusy.SMTP(fmt.Sprintf("m%d@contoso.example", i+1)))
	}
	for i, a := range ask(t, client, q) {
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
	c := ask(t, client, aboutPeople())[0].Calendar
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
	q := aboutPeople()
	q.Mailboxes = []freebusy.Mailbox{
		freebusy.SMTP("a\r\nX-Evil: 1@contoso.example"), freebusy.SMTP("</t:Address>\x00<&@contoso.example"),
		{Address: "/o=Contoso/cn=Li", RoutingType: "EX"}, freebusy.SMTP("m5@contoso.example"),
	}
	answers := ask(t, clientOf(t, server), q)
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

func TestHTTPFailures(t *testing.T) {
	const refusedText = "Proxy web request failed. , inner exception: The request failed with HTTP status "
	tests := map[string]struct {
		status  int
		header  http.Header
		body    string
		want    string // Text without what is around it
		moved   bool
		refused bool
		backOff time.Duration
	}{
		"a redirect is not followed":       {status: 302, header: http.Header{"Location": {"/EWS/Exchange.asmx?token=x"}}, want: "302: Object moved", moved: true},
		"a redirect that keeps the method": {status: 307, header: http.Header{"Location": {"https://elsewhere.example/EWS"}}, want: "307: Object moved", moved: true},
		"not here":                         {status: 404, want: "404: Not Found", moved: true},
		"not here any more":                {status: 410, want: "410: Gone", moved: true},
		"not this server":                  {status: 421, want: "421: Misdirected Request", moved: true},
		"no such handler":                  {status: 405, want: "405: Method Not Allowed"},
		"a token that Exchange explains": {
			status:  401,
			header:  http.Header{"X-Ms-Diagnostics": {`2000005;reason="The user specified by the user-context in the token is ambiguous.";error_category="invalid_user"`}},
			want:    `401: Unauthorized diagnostics: 2000005;reason="The user specified by the user-context in the token is ambiguous.";error_category="invalid_user"`,
			refused: true,
		},
		"an explanation with blanks and a new code": {
			status:  401,
			header:  http.Header{"X-Ms-Diagnostics": {`2000099; reason= "New; and \"odd" ; error_category ="new"`}},
			want:    `401: Unauthorized diagnostics: 2000099;reason="New; and \";error_category="new"`,
			refused: true,
		},
		"an explanation that tells a token": {
			status:  403,
			header:  http.Header{"X-Ms-Diagnostics": {`3;reason="Bearer eyJhbGciOi.eyJhdWQi.c2ln <script>x</script>";error_category="x"`}},
			want:    `403: Forbidden diagnostics: 3;reason="(secret)";error_category="x"`,
			refused: true,
		},
		"an application that is blocked":      {status: 403, body: "<html>Forbidden for S-1-5-21-1-2-3-1103</html>", want: "403: Forbidden", refused: true},
		"too many requests":                   {status: 429, header: http.Header{"Retry-After": {"17"}}, want: "429: Too Many Requests", backOff: 17 * time.Second},
		"overload":                            {status: 503, header: http.Header{"Retry-After": {"86400"}}, want: "503: Service Unavailable", backOff: 5 * time.Minute},
		"overload until a date that has been": {status: 503, header: http.Header{"Retry-After": {"Fri, 31 Dec 1999 23:59:59 GMT"}}, want: "503: Service Unavailable"},
		"an error page":                       {status: 500, header: http.Header{"Content-Type": {"text/html"}}, body: "<html><b>eyJhbGciOi</b></html>", want: "500: Internal Server Error"},
		"an empty error":                      {status: 500, want: "500: Internal Server Error"},
		"a status of Microsoft's own":         {status: 456, want: "456"},
		"nothing to say":                      {status: 204, want: "204: No Content"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := &recorder{reply: reply{status: tt.status, header: tt.header, body: tt.body}}
			client := clientOf(t, server)
			for i, a := range ask(t, client, aboutPeople()) {
				e := a.Err
				if e == nil || e.Code != freebusy.ErrorProxyRequestProcessingFailed || e.Text != refusedText+tt.want+". LID: 43532" {
					t.Fatalf("mailbox %d: %v, want %q", i, e, tt.want)
				}
				if moved, refused := errors.Is(e, freebusy.ErrMoved), errors.Is(e, freebusy.ErrRefused); moved != tt.moved || refused != tt.refused {
					t.Errorf("moved %t, refused %t, want %t, %t", moved, refused, tt.moved, tt.refused)
				}
				if e.BackOff != tt.backOff || e.Source != client.URL {
					t.Errorf("back-off %s from %q, want %s from %q", e.BackOff, e.Source, tt.backOff, client.URL)
				}
				if strings.Contains(e.Err.Error(), "eyJ") || strings.Contains(e.Err.Error(), "token=") {
					t.Errorf("the log would tell a secret: %v", e.Err)
				}
			}
			if len(server.asked) != 1 {
				t.Errorf("%d requests were sent, want 1", len(server.asked))
			}
		})
	}
}

func TestBadAnswers(t *testing.T) {
	tests := map[string]struct {
		change func(*reply)
		want   string // in the text
		cause  string // in the log
	}{
		"a login page":         {status(200, "text/html; charset=utf-8", "<html><body>Sign in</body></html>"), "Response is not well-formed XML", "login page or a firewall"},
		"a JSON document":      {status(200, "application/json", "{}"), "Response is not well-formed XML", "application/json"},
		"nothing":              {func(p *reply) { p.body = "" }, "Response is not well-formed XML", "0 root elements"},
		"a document type":      {replaceAll(declaration, declaration+`<!DOCTYPE s:Envelope [<!ENTITY x "y">]>`), "Response is not well-formed XML", "DOCTYPE"},
		"something behind it":  {func(p *reply) { p.body += "garbage" }, "Response is not well-formed XML", "outside the root"},
		"two documents":        {func(p *reply) { p.body += "<x/>" }, "Response is not well-formed XML", "2 root elements"},
		"too much":             {func(p *reply) { p.body += strings.Repeat(" ", 1<<20) }, "The response is too large", "too big"},
		"too much, compressed": {func(p *reply) { p.body += strings.Repeat(" ", 1<<20); p.write = compressed }, "The response is too large", "too big"},
		"another operation":    {replaceAll("GetUserAvailabilityResponse", "FindItemResponse"), "not one of GetUserAvailability", "something else"},
		"one response too many": {func(p *reply) {
			p.body = strings.Replace(p.body, firstResponse(p.body), firstResponse(p.body)+firstResponse(p.body), 1)
		}, "one entry for each mailbox", "5 responses for 4"},
		"an answer that says 500": {func(p *reply) { p.status = 500 }, "HTTP status 500", "500"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := goodReply(t)
			tt.change(&p)
			client := clientOf(t, p)
			client.MaxAnswer = 1 << 20
			for i, a := range ask(t, client, aboutPeople()) {
				if a.Err == nil || !strings.Contains(a.Err.Text, tt.want) || !strings.Contains(a.Err.Err.Error(), tt.cause) {
					t.Fatalf("mailbox %d: %v (%v), want %q because of %q", i, a.Err, a.Err.Unwrap(), tt.want, tt.cause)
				}
			}
		})
	}
}

// TestTruncatedAnswers cuts a good answer in more than a thousand places.
func TestTruncatedAnswers(t *testing.T) {
	whole := goodReply(t).body
	for cut := 0; cut < len(whole); cut += 7 {
		m, err := soap.Read(strings.NewReader(whole[:cut]), soap.Limits{})
		if err == nil {
			t.Fatalf("cut at byte %d, the answer is read as %+v", cut, m)
		}
	}
}

func TestConnectionsThatBreak(t *testing.T) {
	hijack := func(do func(net.Conn)) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			do(conn)
		})
	}
	good := goodReply(t).body
	tests := map[string]http.Handler{
		"reset without an answer": hijack(func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }),
		"closed in the headers":   hijack(func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Ty") }),
		"closed in the body": hijack(func(c net.Conn) {
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s", len(good), good[:len(good)/2])
		}),
		"closed in a chunk": hijack(func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n"+good[:100])
		}),
		"not HTTP": hijack(func(c net.Conn) { io.WriteString(c, "220 mail.contoso.example ESMTP\r\n") }),
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			for i, a := range ask(t, clientOf(t, h), aboutPeople()) {
				if a.Err == nil || !strings.Contains(a.Err.Text, "The underlying connection was closed") {
					t.Errorf("mailbox %d: %v, want that the connection was closed", i, a.Err)
				}
			}
		})
	}
}

func TestServersThatCannotBeReached(t *testing.T) {
	secure := httptest.NewUnstartedServer(goodReply(t))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains about our handshakes
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(goodReply(t))
	t.Cleanup(plain.Close)
	gone := httptest.NewServer(goodReply(t))
	gone.Close()
	tests := map[string]struct {
		url, want string
		transport http.RoundTripper
	}{
		"a certificate that nobody trusts": {url: secure.URL, want: "Could not establish trust relationship for the SSL/TLS secure channel"},
		"no TLS at all":                    {url: strings.Replace(plain.URL, "http:", "https:", 1), want: "Could not create SSL/TLS secure channel"},
		"nobody listens":                   {url: gone.URL, want: "Unable to connect to the remote server"},
		"a name that does not exist": {url: "http://mail.contoso.invalid/", want: "The remote name could not be resolved",
			transport: failing{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "mail.contoso.invalid", IsNotFound: true}}}},
		"a transport that explains itself": {url: "http://mail.contoso.invalid/", want: "no token for you",
			transport: failing{fmt.Errorf("oauth: %w", freebusy.ProxyFailed("no token for you", freebusy.ErrRefused))}},
		"an address that is none": {url: "http://mail contoso/", want: "The address of the endpoint is not valid"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client := &Client{URL: tt.url, HTTP: &http.Client{Transport: tt.transport}}
			for i, a := range ask(t, client, aboutPeople()) {
				if a.Err == nil || a.Err.Code != freebusy.ErrorProxyRequestProcessingFailed || !strings.Contains(a.Err.Text, tt.want) {
					t.Errorf("mailbox %d: %v, want %q", i, a.Err, tt.want)
				}
			}
		})
	}
}

// failing is a transport that never sends anything.
type failing struct{ err error }

func (f failing) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Body.Close()
	return nil, f.err
}

func TestSlowServers(t *testing.T) {
	blocked := func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
	tests := map[string]http.RoundTripper{
		"no headers": roundTripper(func(r *http.Request) (*http.Response, error) {
			return nil, blocked(r.Context())
		}),
		"no body": roundTripper(func(r *http.Request) (*http.Response, error) {
			body := io.MultiReader(strings.NewReader(declaration), readerFunc(func([]byte) (int, error) { return 0, blocked(r.Context()) }))
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(body)}, nil
		}),
	}
	for name, transport := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := &Client{URL: "http://mail.contoso.example/", HTTP: &http.Client{Transport: transport}, Timeout: 3 * time.Second}
				start := time.Now()
				for i, a := range ask(t, client, aboutPeople()) {
					if a.Err == nil || a.Err.Code != freebusy.ErrorTimeoutExpired {
						t.Errorf("mailbox %d: %v, want ErrorTimeoutExpired", i, a.Err)
					}
				}
				if took := time.Since(start); took != 3*time.Second {
					t.Errorf("gave up after %s, want 3s", took)
				}
			})
		})
	}
}

func TestAnAskerWhoGivesUpIsAnsweredAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		client := &Client{URL: "http://mail.contoso.example/", HTTP: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}}
		start := time.Now()
		answers, err := client.Availability(ctx, aboutPeople())
		if err != nil || answers[0].Err == nil || answers[0].Err.Code != freebusy.ErrorTimeoutExpired || time.Since(start) != time.Second {
			t.Errorf("after %s: %+v, %v; want ErrorTimeoutExpired after 1s", time.Since(start), answers[0], err)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

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
	ask(t, client, aboutPeople())
	ask(t, client, aboutPeople())
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
	ask(t, client, aboutPeople())
	if got := ask(t, client, aboutPeople())[0]; got.Err != nil {
		t.Errorf("the second question failed: %v", got.Err.Err)
	}
}

func TestSayable(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"line ends":       {"a\r\n. b\x00\x07c", "a . b c"},
		"a web page":      {"The request failed: <HTML><body>x", "The request failed:"},
		"angle brackets":  {"<Display>SMTP:a@b", "<Display>SMTP:a@b"},
		"a token":         {"got eyJhbGciOi.eyJhdWQiOi.c2ln, sorry", "got (secret), sorry"},
		"a header":        {"Authorization: bearer abc.def", "Authorization: (secret)"},
		"a SID":           {"from Requester:S-1-5-21-1-2-3-1103 to", "from Requester:(secret) to"},
		"direction marks": {"a\u202eb", "a b"},
		"too long":        {strings.Repeat("é", maxText), strings.Repeat("é", maxText/2)},
		"not UTF-8":       {"a\xffb", "ab"},
		"nothing":         {" \n", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := sayable(tt.in); got != tt.want {
				t.Errorf("sayable(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}
