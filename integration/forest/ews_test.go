package forest

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// serve runs e without TLS and without a gate until the test ends.
func serve(t *testing.T, e *EWS) (url string) {
	t.Helper()
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return server.URL + Path
}

// caller asks url as that generation does until the test ends.
func caller(t *testing.T, url string, g Generation) *Caller {
	t.Helper()
	c := &Caller{URL: url, Generation: g}
	t.Cleanup(c.Close)
	return c
}

// contoso is the truth that the captured requests ask about.
func contoso() *Truth {
	truth := Seeded(1, Calendars{Week: week, Domain: "contoso.example"})
	for i, m := range truth.Mailboxes {
		if m.Address == "room-alder@contoso.example" {
			truth.Mailboxes[i].Address = "room1@contoso.example"
		}
	}
	return truth
}

// TestAnswersAgreeWithTheTruth asks at random and paints each answer again,
// minute by minute, with the time zones of the Go library.
func TestAnswersAgreeWithTheTruth(t *testing.T) {
	truth := Seeded(5, Calendars{Week: week, Mailboxes: 16})
	random := rand.New(rand.NewPCG(1, 2))
	for _, g := range []Generation{Exchange2007, Exchange2010, Exchange2013, ExchangeOnline} {
		url := serve(t, &EWS{Truth: truth, Generation: g})
		for range 15 {
			c := caller(t, url, min(g, Exchange2013))
			c.Zone = zones[random.IntN(len(zones))]
			q := Question{
				Mailboxes: truth.Addresses(),
				From:      week.Add(time.Duration(random.IntN(6*24*4)-24*4) * 15 * time.Minute),
				Interval:  []time.Duration{5, 15, 30, 60, 45, 7}[random.IntN(6)] * time.Minute,
				View:      []string{"MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"}[random.IntN(5)],
			}
			q.To = q.From.Add(time.Duration(1+random.IntN(200)) * time.Hour)
			r, err := c.Ask(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range r.Mailboxes {
				m, _ := truth.Mailbox(q.Mailboxes[i])
				if diff := gocmp.Diff(expect(t, m, q, c.Zone, g), summary(got)); diff != "" {
					t.Fatalf("Exchange %s, %s, %s to %s, every %s, %s for %s:\n%s", g, c.Zone.ID, q.From, q.To, q.Interval, q.View, m.Address, diff)
				}
			}
		}
	}
}

// summarized is an answer in words of the test's own.
type summarized struct {
	View, Merged string
	Entries      []string
	Hours        string
}

func summary(m MailboxReply) summarized {
	s := summarized{View: m.View, Merged: m.Merged}
	for _, e := range m.Entries {
		line := fmt.Sprint(e.WallStart.Format(wallClock), " ", e.WallEnd.Format(wallClock), " ", e.Busy)
		if e.Detailed {
			line += fmt.Sprint(" ", e.Subject, "|", e.Location, "|", e.Meeting, e.Recurring, e.Exception, e.Reminder, e.Private)
		}
		s.Entries = append(s.Entries, line)
	}
	if m.Hours != nil {
		p := m.Hours.Periods[0]
		s.Hours = fmt.Sprint(p.Days, p.Start, p.End, m.Hours.Zone.Bias)
	}
	return s
}

// expect works out the answer from the truth alone.
func expect(t *testing.T, m Mailbox, q Question, zone Zone, g Generation) summarized {
	t.Helper()
	place, err := time.LoadLocation(zone.Name)
	if err != nil {
		t.Fatal(err)
	}
	s := summarized{View: q.View}
	if m.Access == AccessFreeBusy {
		s.View = strings.ReplaceAll(q.View, "Detailed", "FreeBusy")
	}
	if strings.HasSuffix(s.View, "Merged") || s.View == "MergedOnly" {
		s.Merged = paint(m.Events, q)
	}
	if s.View == "MergedOnly" {
		return s
	}
	s.Hours = fmt.Sprint(m.WorkingHours.Days, m.WorkingHours.Start, m.WorkingHours.End, m.Zone.Bias)
	for _, e := range m.Events {
		outside := e.End.Before(q.From) || e.Start.After(q.To) || e.Start.Equal(q.To)
		if outside {
			continue
		}
		if e.Busy == WorkingElsewhere && (g == Exchange2007 || g == Exchange2010) {
			e.Busy = Free
		}
		line := fmt.Sprint(e.Start.In(place).Format(wallClock), " ", e.End.In(place).Format(wallClock), " ", e.Busy)
		if strings.HasPrefix(s.View, "Detailed") {
			if e.Private {
				e.Subject, e.Location = "", ""
			}
			line += fmt.Sprint(" ", e.Subject, "|", e.Location, "|", e.Meeting, e.Recurring, e.Exception, e.Reminder, e.Private)
		}
		s.Entries = append(s.Entries, line)
	}
	return s
}

// paint colours the window minute by minute. All events of the truth begin and
// end on a minute.
func paint(events []Event, q Question) string {
	minutes := make([]int, int(q.To.Sub(q.From)/time.Minute))
	rank := map[BusyType]int{Tentative: 1, Busy: 2, OOF: 3}
	step := int(q.Interval / time.Minute)
	for _, e := range events {
		from, to := int(e.Start.Sub(q.From)/time.Minute), int(e.End.Sub(q.From)/time.Minute)
		if from == to && from%step != 0 {
			to++ // a moment inside a slot colours it, one between two slots neither
		}
		for i := max(0, from); i < min(to, len(minutes)); i++ {
			minutes[i] = max(minutes[i], rank[e.Busy])
		}
	}
	var digits strings.Builder
	for at := 0; at < len(minutes); at += step {
		busiest := 0
		for _, r := range minutes[at:min(at+step, len(minutes))] {
			busiest = max(busiest, r)
		}
		fmt.Fprint(&digits, busiest)
	}
	return digits.String()
}

func TestMergedFollowsTheExampleOfTheSpecification(t *testing.T) {
	// [MS-OXWAVLS] 4.3
	at := func(clock string) time.Time {
		return mustParse(t, "2015-06-08T"+clock+":00Z")
	}
	events := []Event{{Start: at("12:00"), End: at("14:00"), Busy: OOF}, {Start: at("13:30"), End: at("14:30"), Busy: Busy}}
	got := merge(events, at("00:00"), at("23:59").Add(59*time.Second), time.Hour, rank)
	if want := "000000000000332000000000"; got != want {
		t.Errorf("merged is %s, want %s", got, want)
	}
}

func mustParse(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestAnEntryThatEndsAtTheStartIsListed shows the quirk that a client of real
// servers has to know.
func TestAnEntryThatEndsAtTheStartIsListed(t *testing.T) {
	truth := Seeded(1, Calendars{Week: week})
	c := caller(t, serve(t, &EWS{Truth: truth}), Exchange2013)
	r, err := c.Ask(t.Context(), Question{Mailboxes: []string{"alice@fabrikam.example"}, From: week, To: week.AddDate(0, 0, 7)})
	if err != nil {
		t.Fatal(err)
	}
	listed := func(subject string) bool {
		return contains(truth.Mailboxes[0].Events, func(e Event) bool { return e.Subject == subject }) &&
			bytes.Contains(r.Response, []byte(subject))
	}
	if !listed("Ends as the week begins in UTC") {
		t.Error("the entry that ends as the window begins is missing")
	}
	if listed("Nothing at the end in UTC") {
		t.Error("the entry that begins as the window ends is listed")
	}
}

func TestAGroupShowsNothingButDigits(t *testing.T) {
	busy := Event{Start: week.Add(time.Hour), End: week.Add(2 * time.Hour), Busy: Busy}
	truth := &Truth{Domain: "fabrikam.example", Mailboxes: []Mailbox{
		{Address: "team@fabrikam.example", Kind: Group, Access: AccessDetails, Events: []Event{busy}},
	}}
	r, err := caller(t, serve(t, &EWS{Truth: truth}), Exchange2013).Ask(t.Context(), Question{
		Mailboxes: []string{"team@fabrikam.example"}, From: week, To: week.Add(4 * time.Hour), Interval: time.Hour, View: "Detailed",
	})
	if err != nil {
		t.Fatal(err)
	}
	if m := r.Mailboxes[0]; m.View != "MergedOnly" || m.Merged != "0200" || m.Entries != nil || m.Hours != nil {
		t.Errorf("it shows %+v, want nothing but the digits 0200", m)
	}
}

func TestEachMailboxHasItsOwnError(t *testing.T) {
	truth := Seeded(1, Calendars{Week: week})
	for range maximumEntries + 1 {
		truth.Mailboxes[1].Events = append(truth.Mailboxes[1].Events, Event{Start: week.Add(time.Hour), End: week.Add(2 * time.Hour), Busy: Busy})
	}
	asked := []string{"alice@fabrikam.example", truth.Unknown, "ceo@fabrikam.example", "bob@fabrikam.example", "not an address", "ALICE@fabrikam.example"}
	for _, g := range []Generation{Exchange2007, Exchange2010, Exchange2013, ExchangeOnline} {
		c := caller(t, serve(t, &EWS{Truth: truth, Generation: g, Server: "MAIL01"}), min(g, Exchange2013))
		r, err := c.Ask(t.Context(), Question{Mailboxes: asked, From: week, To: week.AddDate(0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		type outcome struct {
			Code   string
			Number int
			View   string
		}
		var got []outcome
		for _, m := range r.Mailboxes {
			got = append(got, outcome{m.Code, m.ExceptionCode, m.View})
			if m.Code == "NoError" {
				continue
			}
			if hasServer := m.ExceptionServer != ""; hasServer != (g > Exchange2007) || m.Text == "" {
				t.Errorf("Exchange %s refuses %s with %+v", g, m.Address, m)
			}
		}
		want := []outcome{
			{"NoError", 0, "DetailedMerged"}, {"ErrorMailRecipientNotFound", 5009, "None"}, {"ErrorNoFreeBusyAccess", 5037, "None"},
			{"ErrorResultSetTooBig", unpublished, "None"}, {"ErrorInvalidSmtpAddress", 5035, "None"}, {"NoError", 0, "DetailedMerged"},
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("Exchange %s:\n%s", g, diff)
		}
	}
}

// captured returns the requests of real clients by the client's name.
func captured(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	paths, _ := filepath.Glob("testdata/*.request.xml")
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimSuffix(filepath.Base(path), ".request.xml")] = content
	}
	if len(all) != 6 {
		t.Fatalf("there are %d captured requests, want 6", len(all))
	}
	return all
}

func post(t *testing.T, url string, body []byte) (status int, answer []byte) {
	t.Helper()
	response, err := http.Post(url, "text/xml; charset=utf-8", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}

func TestRealClientsAreAnswered(t *testing.T) {
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	url := serve(t, &EWS{Truth: contoso()})
	// What the captured clients ask: whom, and how many digits of what length.
	tests := map[string]struct {
		codes  string
		digits int
	}{
		"davmail":            {"NoError", 3 * 96},
		"dotnet-soap":        {"NoError ErrorMailRecipientNotFound NoError", 3 * 48},
		"evolution-ews":      {"NoError NoError", 3 * 24},
		"ews-javascript-api": {"NoError ErrorMailRecipientNotFound NoError", 3 * 48},
		"exchangelib":        {"NoError ErrorMailRecipientNotFound NoError", 3 * 48},
		"node-ews":           {"NoError ErrorMailRecipientNotFound NoError", 3 * 48},
	}
	for name, request := range captured(t) {
		t.Run(name, func(t *testing.T) {
			status, body := post(t, url, request)
			asked, err := readNode(request)
			if err != nil {
				t.Fatal(err)
			}
			var q Question
			for _, who := range readTargets(asked) {
				q.Mailboxes = append(q.Mailboxes, who.address)
			}
			r, err := readReply(body, q, Zone{}, Exchange2013)
			if err != nil {
				t.Fatalf("status %d, %s: %v", status, body, err)
			}
			var codes []string
			for _, m := range r.Mailboxes {
				codes = append(codes, m.Code)
			}
			if got := strings.Join(codes, " "); got != tests[name].codes || len(r.Mailboxes[0].Merged) != tests[name].digits {
				t.Errorf("answered %s with %d digits, want %+v", got, len(r.Mailboxes[0].Merged), tests[name])
			}
			if want := name == "ews-javascript-api"; bytes.Contains(body, []byte("<SuggestionsResponse>")) != want {
				t.Errorf("a SuggestionsResponse is there: %t, want %t", !want, want)
			}
		})
	}
}

func TestDocumentsAreValid(t *testing.T) {
	// The public schemas are no part of the project; they may lie beside it.
	schema := cmp.Or(os.Getenv("AVAILPROXY_EWS_SCHEMA"), filepath.Join("..", "..", "..", "shared", "schema", "messages.xsd"))
	if _, err := os.Stat(schema); err != nil {
		t.Skip("needs the public messages.xsd; AVAILPROXY_EWS_SCHEMA says where it is")
	}
	needs(t, "xmllint")
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	for _, g := range []Generation{Exchange2007, Exchange2010, Exchange2013, ExchangeOnline} {
		url := serve(t, &EWS{Truth: contoso(), Generation: g, Server: "MAIL01"})
		request := (&Caller{Generation: g, Zone: zones[2]}).document(Question{
			Mailboxes: contoso().Addresses(), From: week, To: week.AddDate(0, 0, 7), Interval: time.Hour, View: "Detailed",
		})
		_, answer := post(t, url, request)
		_, suggestions := post(t, serve(t, &EWS{Truth: contoso(), Generation: ExchangeOnline}), captured(t)["ews-javascript-api"])
		for what, document := range map[string][]byte{"request": request, "answer": answer, "suggestions": suggestions} {
			body := document[bytes.Index(document, []byte("<GetUserAvailability")):bytes.LastIndex(document, []byte("</s"))]
			body = body[:bytes.LastIndexByte(body, '>')+1]
			body = bytes.TrimSuffix(bytes.TrimSuffix(body, []byte("</s:Body>")), []byte("</soap:Body>"))
			lint := exec.Command("xmllint", "--noout", "--schema", schema, "-")
			lint.Stdin = bytes.NewReader(body)
			if complaint, err := lint.CombinedOutput(); err != nil {
				t.Errorf("the %s of Exchange %s is not valid: %s", what, g, complaint)
			}
		}
	}
}
