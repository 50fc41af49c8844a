package ews

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

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
		because freebusy.Reason // "" is the status
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
			refused: true, because: "diagnostics ambiguous",
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
		"a page that lets nobody pass": {status: 403, body: "<html>Forbidden for S-1-5-21-1-2-3-1103</html>", want: "403: Forbidden", refused: true, because: "page 403"},
		"a page of Exchange": {
			status: 403, header: http.Header{"X-Feserver": {"EX1"}, "Content-Type": {"text/html"}}, body: "<html>no</html>",
			want: "403: Forbidden", refused: true,
		},
		"too many requests":                    {status: 429, header: http.Header{"Retry-After": {"17"}}, want: "429: Too Many Requests", backOff: 17 * time.Second},
		"too many requests, for how long ever": {status: 429, want: "429: Too Many Requests"},
		"overload":                             {status: 503, header: http.Header{"Retry-After": {"86400"}}, want: "503: Service Unavailable", backOff: 5 * time.Minute},
		"overload until a date that has been":  {status: 503, header: http.Header{"Retry-After": {"Fri, 31 Dec 1999 23:59:59 GMT"}}, want: "503: Service Unavailable"},
		"an error page":                        {status: 500, header: http.Header{"Content-Type": {"text/html"}}, body: "<html><b>eyJhbGciOi</b></html>", want: "500: Internal Server Error"},
		"an empty error":                       {status: 500, want: "500: Internal Server Error"},
		"a status of Microsoft's own":          {status: 456, want: "456"},
		"nothing to say":                       {status: 204, want: "204: No Content"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			server := &recorder{reply: reply{status: tt.status, header: tt.header, body: tt.body}}
			client := clientOf(t, server)
			for i, a := range answersOf(t, client, aboutThem()) {
				e, code := a.Err, freebusy.ErrorProxyRequestProcessingFailed
				if tt.backOff > 0 || tt.status == http.StatusTooManyRequests {
					code = freebusy.ErrorServerBusy
				}
				if e == nil || e.Code != code || e.Text != refusedText+tt.want+". LID: 43532" {
					t.Fatalf("mailbox %d: %v, want %q", i, e, tt.want)
				}
				if moved, refused := errors.Is(e, freebusy.ErrMoved), errors.Is(e, freebusy.ErrRefused); moved != tt.moved || refused != tt.refused {
					t.Errorf("moved %t, refused %t, want %t, %t", moved, refused, tt.moved, tt.refused)
				}
				if e.BackOff != tt.backOff || e.Source != client.URL {
					t.Errorf("back-off %s from %q, want %s from %q", e.BackOff, e.Source, tt.backOff, client.URL)
				}
				want := freebusy.ConsequenceOf(cmp.Or(tt.because, freebusy.Status("EWS", tt.status)))
				if e.Remedy() != want.Remedy || e.Cause() != want.Cause {
					t.Errorf("the cause is %s with the remedy %q, want %s with %q", e.Cause(), e.Remedy(), want.Cause, want.Remedy)
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
			for i, a := range answersOf(t, client, aboutThem()) {
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
