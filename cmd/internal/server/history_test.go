package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"availproxy/cmd/internal/history"
	"availproxy/cmd/internal/telemetry"
	"availproxy/integration/forest"
)

// remembering is a proxy with a history, as `availproxy serve` has one.
func remembering(t *testing.T, f *forest.Forest, edits ...edit) *running {
	t.Helper()
	past := history.New(history.Options{})
	telemetries, err := telemetry.Start(t.Context(), telemetry.Options{Version: "test", Getenv: func(string) string { return "" }, Finished: past.Finished})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { telemetries.Stop(context.Background()) })
	r := prepare(t, f, edits...)
	options := r.options()
	options.History = past
	r.start(t, options)
	return r
}

// queries is the JSON document of the admin listener.
func (r *running) queries(t *testing.T) (d history.Document) {
	t.Helper()
	answer, body := r.get(t, http.MethodGet, r.admin+"/queries", func(q *http.Request) { q.Header.Set("Accept", "application/json") })
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("/queries answers %d %s: %s", answer.StatusCode, answer.Header, body)
	}
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestTheHistoryTellsWhatWentWrong asks before and after a forest has begun to refuse
// us, and reads the story as an operator does.
func TestTheHistoryTellsWhatWentWrong(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := remembering(t, f, with(neverFresh))
	_, password := r.stranger(t)
	r.reload(t)
	c := r.caller(t)
	r.ask(t, c)
	f.EWS.Faults.Set(forest.Faults{Status: 401, Diagnostics: `2000005;reason="The user alice@fabrikam.example is ambiguous.";error_category="invalid_user"`})
	t.Cleanup(f.EWS.Faults.Clear)
	r.ask(t, c)
	c.Password = "guess"
	r.ask(t, c)
	c.User, c.Password = "stranger", forest.Secret(password)
	r.ask(t, c)

	d := r.queries(t)
	if len(d.Questions) != 2 || len(d.Failures) != 1 || len(d.Refusals) != 2 || d.Refusals[1].Reason != "bad_password" {
		t.Fatalf("there are %d questions, %d failures and the refusals %+v", len(d.Questions), len(d.Failures), d.Refusals)
	}
	if who := d.Refusals[0]; who.Reason != "not_listed" || who.Principal != "basic:stranger" || who.Client != "127.0.0.1" {
		t.Errorf("who is not listed is told as %+v", who)
	}
	good, bad := d.Questions[1], d.Failures[0]
	if good.Outcome != "answered" || good.Who.Principal != "basic:ex2010" || good.Mailboxes[0].RequestID == "" || good.Mailboxes[0].Endpoint == "" {
		t.Errorf("the good story is %+v", good)
	}
	if len(good.Discovery) == 0 || len(good.Upstream) < 3 {
		t.Errorf("discovery is %+v, others were asked %+v", good.Discovery, good.Upstream)
	}
	claims := 0
	for _, token := range good.Tokens {
		if strings.Contains(token.Claims, `"aud"`) {
			claims++
		}
	}
	if claims == 0 {
		t.Errorf("no token tells its claims: %+v", good.Tokens)
	}
	if bad.Mailboxes[0].Code == "NoError" || !strings.Contains(bad.Mailboxes[0].Reason, "2000005") || len(bad.Remedies) == 0 || len(bad.Causes) == 0 || bad.Mailboxes[0].Cause == "" {
		t.Errorf("the bad story is %+v", bad)
	}
	refused := 0
	for _, u := range bad.Upstream {
		if u.Status == "401" && u.RequestID != "" {
			refused++
		}
	}
	if refused == 0 {
		t.Errorf("no request of %+v was refused", bad.Upstream)
	}
	r.storyOnPages(t, bad)
}

// storyOnPages looks at the page of a story, and that neither form of it names alice
// unless that is allowed.
func (r *running) storyOnPages(t *testing.T, bad history.Story) {
	t.Helper()
	all := func() (text string) {
		for _, path := range []string{"/queries", "/queries?format=json", "/queries/" + bad.ID, "/queries/" + bad.ID + "?format=json"} {
			answer, body := r.get(t, http.MethodGet, r.admin+path, nil)
			if answer.StatusCode != http.StatusOK {
				t.Errorf("%s answers %d %s", path, answer.StatusCode, body)
			}
			text += body
		}
		return text
	}
	hidden := all()
	if strings.Contains(hidden, "alice@") || strings.Contains(hidden, "eyJ") {
		t.Errorf("the pages name alice or a token:\n%s", hidden)
	}
	for _, want := range []string{bad.ID, bad.Mailboxes[0].Mailbox, bad.Mailboxes[0].Code, "What to do", "2000005"} {
		if !strings.Contains(hidden, want) {
			t.Errorf("the pages lack %s:\n%s", want, hidden)
		}
	}
	r.reload(t, replace(t, "admin: {", "admin: {allow_mailboxes: true, "))
	if shown := all(); !strings.Contains(shown, "alice@fabrikam.example") {
		t.Errorf("with admin.allow_mailboxes the pages do not name alice:\n%s", shown)
	}
	if answer, _ := r.get(t, http.MethodGet, r.admin+"/queries/00000000000000000000000000000001", nil); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a question that never was is answered %d", answer.StatusCode)
	}
}

// What is renewed behind an answer belongs to the question that began it.
func TestTheHistoryHoldsWhatGoesOnBehindAnAnswer(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := remembering(t, f, with("timeouts: {answer: 100ms, abandon: 20s}"))
	f.EWS.Faults.Set(forest.Faults{Delay: 300 * time.Millisecond})
	t.Cleanup(f.EWS.Faults.Clear)
	if code, _ := r.ask(t, r.caller(t)); code != "ErrorTimeoutExpired" {
		t.Fatalf("alice is answered %s", code)
	}
	late := func() bool {
		for _, hop := range r.queries(t).Failures[0].Hops {
			if hop.Late {
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(patience); !late(); {
		if time.Now().After(deadline) {
			t.Fatalf("what came late is missing: %+v", r.queries(t).Failures[0])
		}
	}
}

// TestWhoSendsWhatCannotBeReadIsTold has no other place that knows of the question.
func TestWhoSendsWhatCannotBeReadIsTold(t *testing.T) {
	r := remembering(t, newForest(t, forest.Options{}))
	answer, _ := r.get(t, http.MethodPost, r.url, func(q *http.Request) {
		q.SetBasicAuth(r.forest.Organization.User, string(r.forest.Organization.Password))
		q.Header.Set("Content-Type", "text/xml; charset=utf-8")
		q.Body = io.NopCloser(strings.NewReader("<a>alice@fabrikam.example"))
	})
	d := r.queries(t)
	if answer.StatusCode != http.StatusInternalServerError || len(d.Failures) != 1 {
		t.Fatalf("got %s, and %d failures are told", answer.Status, len(d.Failures))
	}
	bad := d.Failures[0]
	if bad.Who.Principal != "basic:ex2010" || bad.Fault == nil || bad.Fault.Code != "ErrorInvalidRequest" || bad.Fault.Text == "" {
		t.Errorf("the story is of %+v, and says %+v", bad.Who, bad.Fault)
	}
}
