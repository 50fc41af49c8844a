package ews

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/freebusy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with the file of that name under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("not as in %s (run with -update if it should be):\ngot  %s\nwant %s", file, got, want)
	}
}

// source is a Source made of a function.
type source func(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error)

func (s source) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	return s(ctx, q)
}

// people answers for everybody whose calendar it holds.
type people map[string]*freebusy.Calendar

func (p people) Availability(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i, m := range q.Mailboxes {
		if answers[i].Calendar = p[m.Key()]; answers[i].Calendar == nil {
			answers[i].Err = notFound(m.Address)
		}
	}
	return answers, nil
}

func notFound(address string) *freebusy.Error {
	return freebusy.MailRecipientNotFound(freebusy.SMTP(address), nil)
}

var quiet = slog.New(slog.DiscardHandler)

// post asks h as a well-behaved client.
func post(h http.Handler, document string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", strings.NewReader(document))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhatIsNoQuestionIsRefusedByStatus(t *testing.T) {
	tests := map[string]struct {
		method  string
		header  http.Header
		status  int
		allowed string
		clause  string
	}{
		"GET":                         {http.MethodGet, http.Header{}, 405, "POST", "RFC 9110 15.5.6"},
		"PUT":                         {http.MethodPut, http.Header{"Content-Type": {contentType}}, 405, "POST", "RFC 9110 15.5.6"},
		"no Content-Type":             {http.MethodPost, http.Header{}, 415, "", "handsoap pull request 18, of Exchange 2010"},
		"SOAP 1.2":                    {http.MethodPost, http.Header{"Content-Type": {"application/soap+xml; charset=utf-8"}}, 415, "", "handsoap pull request 18, of Exchange 2010"},
		"a form":                      {http.MethodPost, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, 415, "", "handsoap pull request 18, of Exchange 2010"},
		"another charset":             {http.MethodPost, http.Header{"Content-Type": {"text/xml; charset=utf-16"}}, 415, "", "handsoap pull request 18, of Exchange 2010"},
		"a media type that is none":   {http.MethodPost, http.Header{"Content-Type": {"text/xml; charset"}}, 415, "", "handsoap pull request 18, of Exchange 2010"},
		"a compressed body":           {http.MethodPost, http.Header{"Content-Type": {contentType}, "Content-Encoding": {"gzip"}}, 415, "", "RFC 9110 15.5.16"},
		"identity is no compression":  {http.MethodPost, http.Header{"Content-Type": {contentType}, "Content-Encoding": {"Identity"}}, 200, "", "RFC 9110 8.4"},
		"no charset":                  {http.MethodPost, http.Header{"Content-Type": {"text/xml"}}, 200, "", "RFC 9110 8.3.1"},
		"an upper-case charset":       {http.MethodPost, http.Header{"Content-Type": {"TEXT/XML;charset=UTF-8"}}, 200, "", "RFC 9110 8.3.1"},
		"a charset in quotes":         {http.MethodPost, http.Header{"Content-Type": {`text/xml; charset="utf-8"`}}, 200, "", "RFC 9110 8.3.1"},
		"a further media type option": {http.MethodPost, http.Header{"Content-Type": {`text/xml; charset=utf-8; action="x"`}}, 200, "", "RFC 9110 8.3.1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/EWS/Exchange.asmx", strings.NewReader(ask().document()))
			r.Header = tt.header
			w := httptest.NewRecorder()
			(&Handler{Source: people{"anna@contoso.com": annas()}, Log: quiet}).ServeHTTP(w, r)
			if w.Code != tt.status || w.Header().Get("Allow") != tt.allowed {
				t.Errorf("%s: got %d, Allow %q, want %d, %q", tt.clause, w.Code, w.Header().Get("Allow"), tt.status, tt.allowed)
			}
			if tt.status != 200 && w.Body.Len() > 0 {
				t.Errorf("got the body %q, want none", w.Body)
			}
		})
	}
}

func TestTheStatusLineSaysWhichMediaTypeWasExpected(t *testing.T) {
	server := httptest.NewServer(&Handler{Log: quiet})
	defer server.Close()
	response, err := http.Post(server.URL, "text/plain\u00e9", strings.NewReader(strings.Repeat("x", 100_000)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	want := "415 Cannot process the message because the content type 'text/plain' was not the expected type 'text/xml; charset=utf-8'."
	if response.Status != want || !response.Close {
		t.Errorf("got %q, close %t, want %q and a close", response.Status, response.Close, want)
	}
}

func TestTheSourceIsAskedForWhatWasAsked(t *testing.T) {
	var asked freebusy.Query
	h := &Handler{Log: quiet, Source: source(func(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
		asked = q
		return people{}.Availability(context.Background(), q)
	})}
	if w := post(h, ask("b@contoso.com", "a@contoso.com", "b@contoso.com").view("Detailed").document()); w.Code != 200 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if len(asked.Mailboxes) != 3 || asked.Mailboxes[2] != freebusy.SMTP("b@contoso.com") || asked.Detail != freebusy.Detailed ||
		asked.Interval != 30*time.Minute || !asked.Window.Start.Equal(monday) || asked.Scope != (freebusy.Scope{}) {
		t.Errorf("got %+v", asked)
	}
}

func TestScope(t *testing.T) {
	claim := `<t:SerializedSecurityContext><t:UserSid>S-1-5-21-1</t:UserSid><t:PrimarySmtpAddress>eve@contoso.com</t:PrimarySmtpAddress></t:SerializedSecurityContext>`
	tests := map[string]struct {
		scope  func(context.Context, *SecurityContext) (freebusy.Scope, error)
		status int
		has    string
	}{
		"decides with what the caller claims": {func(_ context.Context, claimed *SecurityContext) (freebusy.Scope, error) {
			return freebusy.Scope{Requester: claimed.PrimarySmtpAddress}, nil
		}, 200, "asked for eve@contoso.com"},
		"may refuse the question": {func(context.Context, *SecurityContext) (freebusy.Scope, error) {
			return freebusy.Scope{}, TokenSerializationDenied("basic:eve")
		}, 500, ">ErrorTokenSerializationDenied</e:ResponseCode>"},
		"may fail": {func(context.Context, *SecurityContext) (freebusy.Scope, error) {
			return freebusy.Scope{}, io.EOF
		}, 500, "ErrorInternalServerError"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := &Handler{Log: quiet, Scope: tt.scope, Source: source(func(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
				return []freebusy.Answer{{Err: &freebusy.Error{Code: freebusy.ErrorTimeoutExpired, Text: "asked for " + q.Scope.Requester}}}, nil
			})}
			w := post(h, ask("anna@contoso.com").header(claim).document())
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.has) {
				t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, tt.status, tt.has)
			}
		})
	}
}

func TestASourceThatBreaksItsContractIsAFault(t *testing.T) {
	tests := map[string]struct {
		answers []freebusy.Answer
		err     error
		status  int
		has     string
	}{
		"too few answers":      {nil, nil, 500, "<e:ResponseCode xmlns:e=\"" + nsErrors + "\">ErrorInternalServerError</e:ResponseCode>"},
		"too many answers":     {make([]freebusy.Answer, 2), nil, 500, "ErrorInternalServerError"},
		"an error of its own":  {nil, errors.New("secret"), 500, "ErrorInternalServerError"},
		"an error for callers": {nil, &freebusy.Error{Code: freebusy.ErrorServerBusy, Text: "Busy.", BackOff: time.Second}, 500, `<t:Value Name="BackOffMilliseconds">1000</t:Value>`},
		"an empty answer":      {make([]freebusy.Answer, 1), nil, 200, "ErrorFreeBusyGenerationFailed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := post(&Handler{Log: quiet, Source: source(func(context.Context, freebusy.Query) ([]freebusy.Answer, error) {
				return tt.answers, tt.err
			})}, ask("anna@contoso.com").document())
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.has) || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, tt.status, tt.has)
			}
		})
	}
}

func TestTheAnswerGoesOutInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &Handler{Log: quiet, AnswerTimeout: 8 * time.Second, Source: source(func(ctx context.Context, _ freebusy.Query) ([]freebusy.Answer, error) {
			<-ctx.Done()
			return []freebusy.Answer{{Err: freebusy.TimeoutExpired(ctx.Err())}}, nil
		})}
		began := time.Now()
		w := post(h, ask("anna@contoso.com").document())
		if took := time.Since(began); took != 8*time.Second || !strings.Contains(w.Body.String(), "LID: 43404") {
			t.Errorf("after %v got %s", took, w.Body)
		}
	})
}

func TestTheLengthIsSaidBeforehand(t *testing.T) {
	w := post(&Handler{Log: quiet, Source: people{"anna@contoso.com": annas()}}, ask("anna@contoso.com", "nobody@contoso.com").document())
	if got, want := w.Header().Get("Content-Length"), len(w.Body.String()); got != itoa(want) {
		t.Errorf("got Content-Length %s for %d bytes", got, want)
	}
	if got := w.Header().Get("Content-Type"); got != "text/xml; charset=utf-8" {
		t.Errorf("got Content-Type %q", got)
	}
}
