package forest

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkEWS measures what the simulation itself costs beside a proxy.
func BenchmarkEWS(b *testing.B) {
	e := &EWS{Truth: Seeded(1, Calendars{Week: week, Mailboxes: 100})}
	q := Question{Mailboxes: e.Truth.Addresses(), From: week, To: week.AddDate(0, 0, 7)}
	request := string((&Caller{Zone: zones[2]}).document(q.withDefaults()))
	for b.Loop() {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("POST", Path, strings.NewReader(request))
		r.Header.Set("Content-Type", "text/xml")
		e.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

func BenchmarkReadReply(b *testing.B) {
	e := &EWS{Truth: Seeded(1, Calendars{Week: week, Mailboxes: 100})}
	q := &question{from: week, to: week.AddDate(0, 0, 7), interval: 30 * 60e9, view: "DetailedMerged", wantsView: true}
	var answers []answer
	asked := Question{Mailboxes: e.Truth.Addresses()}
	for _, a := range asked.Mailboxes {
		answers = append(answers, e.Truth.look(target{a, ""}, q, Exchange2013))
	}
	body := reply(q, answers, Exchange2013, "MAIL01")
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := readReply(body, asked, zones[2], Exchange2013); err != nil {
			b.Fatal(err)
		}
	}
}
