package ews

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"availproxy/freebusy"
)

// bothPaths are two handlers that differ in nothing but the path.
func bothPaths() (fast, general *Handler) {
	calendars := people{
		"anna@contoso.com": annas(), "alice@contoso.example": annas(), "bob@contoso.com": annas().Limited(freebusy.FreeBusy),
		"room1@contoso.example": {Merged: &freebusy.Merged{Start: monday, Interval: time.Hour, Digits: strings.Repeat("0123400", 12)}},
	}
	fast = &Handler{Source: calendars, ServerName: "fb.contoso.com", Log: quiet}
	general = &Handler{Source: calendars, ServerName: "fb.contoso.com", Log: quiet, General: true}
	return fast, general
}

// TestBothPathsAnswerAlike compares whole answers, faults included.
func TestBothPathsAnswerAlike(t *testing.T) {
	fast, general := bothPaths()
	same := func(t *testing.T, document, userAgent string) {
		t.Helper()
		ask := func(h http.Handler) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", strings.NewReader(document))
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("User-Agent", userAgent)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w
		}
		got, want := ask(fast), ask(general)
		if got.Code != want.Code || got.Body.String() != want.Body.String() || got.Header().Get("Content-Length") != want.Header().Get("Content-Length") {
			t.Errorf("the fast path answers %d\n%s\nand the general one %d\n%s\nto\n%s", got.Code, got.Body, want.Code, want.Body, document)
		}
	}
	for name, recording := range recordings(t) {
		t.Run(name, func(t *testing.T) {
			document, userAgent := documentOf(t, recording)
			same(t, string(document), userAgent)
		})
	}
	for name, bad := range badRequests {
		t.Run(name, func(t *testing.T) { same(t, bad.document, "") })
	}
	t.Run("made-up requests", func(t *testing.T) {
		count := uint64(3000)
		if testing.Short() {
			count /= 10
		}
		for n := range count {
			f := newForge(*seed, n)
			same(t, string(f.document()), choose(f, "", ages[Exchange2007].userAgent, ages[Exchange2013].userAgent))
		}
	})
}

// TestRecordedRequestsNeverTakeTheGeneralPath is the goal for what clients are
// known to send: less than one of a hundred, and there are not as many here.
func TestRecordedRequestsNeverTakeTheGeneralPath(t *testing.T) {
	_, reader := recorded(t)
	fast, _ := bothPaths()
	for _, recording := range recordings(t) {
		document, _ := documentOf(t, recording)
		post(fast, string(document))
	}
	if got := generalPaths(t, reader); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

func TestTheGeneralPathIsCountedByReason(t *testing.T) {
	tests := map[string]struct {
		document string
		reason   string
	}{
		"another operation":   {ask().replace("<m:GetUserAvailabilityRequest>", "<m:GetFolder>").replace("</m:GetUserAvailabilityRequest>", "</m:GetFolder>").document(), "operation"},
		"an unknown header":   {ask().header(`<x:Else xmlns:x="urn:x"/>`).document(), "header"},
		"an unknown element":  {ask().replace("<t:TimeWindow>", "<t:Else/><t:TimeWindow>").document(), "element"},
		"a wrong value":       {ask().view("Else").document(), "value"},
		"a comment":           {ask().header("<!-- -->").document(), "markup"},
		"a text beside":       {ask().header("text").document(), "mixed"},
		"another encoding":    {ask().replace("utf-8", "latin1").document(), "encoding"},
		"no zone":             {ask().without("TimeZone").document(), "zone"},
		"a document too deep": {ask().header("<t:ManagementRole>" + strings.Repeat("<t:x>", 40) + strings.Repeat("</t:x>", 40) + "</t:ManagementRole>").document(), "size"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, reader := recorded(t)
			fast, _ := bothPaths()
			post(fast, ask().document())
			post(fast, tt.document)
			if got := generalPaths(t, reader); len(got) != 1 || got[tt.reason] != 1 {
				t.Errorf("got %v, want %s", got, tt.reason)
			}
		})
	}
	_, reader := recorded(t)
	_, general := bothPaths()
	post(general, ask().document())
	if got := generalPaths(t, reader); got["switched off"] != 1 {
		t.Errorf("got %v", got)
	}
}

// generalPaths are the counts of the general path, by reason.
func generalPaths(t *testing.T, reader *metric.ManualReader) map[string]int64 {
	t.Helper()
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &collected); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	for _, m := range collected.ScopeMetrics[0].Metrics {
		if sum, ok := m.Data.(metricdata.Sum[int64]); ok && m.Name == "availproxy.queries.general_path" {
			for _, point := range sum.DataPoints {
				if reason, _ := point.Attributes.Value("reason"); point.Value != 0 {
					counts[reason.AsString()] += point.Value
				}
			}
		}
	}
	return counts
}

// TestQuestionsAtTheSameTimeKeepApart asks about others in each of many questions
// under way, which use the room of each other.
func TestQuestionsAtTheSameTimeKeepApart(t *testing.T) {
	h := &Handler{ServerName: "fb.contoso.com", Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Source: source(func(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
		answers := make([]freebusy.Answer, len(q.Mailboxes))
		for i, m := range q.Mailboxes {
			answers[i].Calendar = &freebusy.Calendar{Detail: freebusy.Detailed, Events: []freebusy.Event{{Start: at(1), End: at(2), Details: &freebusy.Details{Subject: "with " + m.Address}}}}
		}
		return answers, nil
	})}
	server := httptest.NewServer(h)
	defer server.Close()
	var all sync.WaitGroup
	for caller := range 8 {
		all.Go(func() {
			for n := range 50 {
				addresses := make([]string, 1+(caller+n)%4)
				for i := range addresses {
					addresses[i] = fmt.Sprintf("user%d.%d.%d@contoso.com", caller, n, i)
				}
				document := ask(addresses...).document()
				if n%5 == 0 {
					document = ask(addresses...).header("<!-- by way of a tree -->").document()
				}
				response, err := server.Client().Post(server.URL, contentType, strings.NewReader(document))
				if err != nil {
					t.Error(err)
					return
				}
				got := read(t, response.Body)
				response.Body.Close()
				if len(got.Responses) != len(addresses) {
					t.Errorf("got %d responses for %v", len(got.Responses), addresses)
					return
				}
				for i, r := range got.Responses {
					if subject := r.View.Events[0].Details.Subject; subject != "with "+addresses[i] {
						t.Errorf("got %q for %s", subject, addresses[i])
					}
				}
			}
		})
	}
	all.Wait()
}
