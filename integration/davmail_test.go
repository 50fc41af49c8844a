package integration

import (
	"encoding/xml"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

// TestDavMailLearnsWhoIsBusy lets a CalDAV client ask DavMail. It asks in turn
// for the digits of each attendee, a quarter of an hour each, and leaves out
// those that it gets none for.
func TestDavMailLearnsWhoIsBusy(t *testing.T) {
	t.Parallel()
	f, p := halfDown(t, time.Now())
	q := forest.Question{Mailboxes: allSorts(f), From: f.Truth.Week, To: f.Truth.Week.AddDate(0, 0, 5), Interval: 15 * time.Minute}
	want := map[string]string{}
	for _, address := range q.Mailboxes {
		if say := expected(f, address, q, forest.Exchange2010); say.Code == "NoError" {
			want[address] = say.Merged
		}
	}
	if diff := cmp.Diff(want, schedule(t, davmail(t, p), f.Organization, q)); diff != "" {
		t.Errorf("what DavMail says differs from the truth:\n%s", diff)
	}
}

// davmail runs DavMail in front of p and returns the URL of its CalDAV.
func davmail(t *testing.T, p *proxy) string {
	t.Helper()
	server := part(t, "davmail-server", "davmail-server")
	dir, address := t.TempDir(), freeAddress(t)
	host, port, _ := net.SplitHostPort(address)
	properties := filepath.Join(dir, "davmail.properties")
	err := os.WriteFile(properties, fmt.Appendf(nil, `davmail.server=true
davmail.mode=EWS
davmail.url=%s
davmail.caldavPort=%s
davmail.imapPort=
davmail.ldapPort=
davmail.popPort=
davmail.smtpPort=
davmail.bindAddress=%s
davmail.disableUpdateCheck=true
davmail.logFilePath=%s
`, front(t, p).URL+forest.Path, port, host, filepath.Join(dir, "davmail.log")), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	log := &journal{}
	process := exec.CommandContext(t.Context(), server, properties) // killed as the test ends
	process.Stdout = log
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { process.Wait() })
	log.await(t, func(l line) bool { return strings.Contains(l.raw, "listening on CALDAV port "+port) })
	return "http://" + address
}

// freeAddress stays free until somebody else takes it.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// schedule asks a CalDAV server for free/busy times (RFC 6638 5) and returns them
// as digits.
func schedule(t *testing.T, caldav string, o *forest.Organization, q forest.Question) map[string]string {
	t.Helper()
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:REQUEST", "BEGIN:VFREEBUSY", "UID:1", "ORGANIZER:mailto:ex2010@contoso.example"}
	for _, address := range q.Mailboxes {
		lines = append(lines, "ATTENDEE:mailto:"+address)
	}
	lines = append(lines, "DTSTART:"+q.From.Format(basic), "DTEND:"+q.To.Format(basic), "END:VFREEBUSY", "END:VCALENDAR", "")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, caldav+"/users/ex2010@contoso.example/outbox/", strings.NewReader(strings.Join(lines, "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/calendar; charset=utf-8")
	r.SetBasicAuth(o.User, string(o.Password))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	_, body := do(t, client, r)
	var answer struct {
		Responses []struct {
			Recipient string `xml:"recipient>href"`
			Calendar  string `xml:"calendar-data"`
		} `xml:"response"`
	}
	if err := xml.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	heard := map[string]string{}
	for _, response := range answer.Responses {
		heard[strings.TrimPrefix(response.Recipient, "mailto:")] = digitsOf(t, response.Calendar, q)
	}
	return heard
}

// basic is a moment in iCalendar (RFC 5545 3.3.5).
const basic = "20060102T150405Z"

// digitsOf turns the periods of a VFREEBUSY (RFC 5545 3.8.2.6) back into the
// digits that DavMail made them from.
func digitsOf(t *testing.T, calendar string, q forest.Question) string {
	t.Helper()
	digits := []byte(strings.Repeat("0", int(q.To.Sub(q.From)/q.Interval)))
	for line := range strings.Lines(calendar) {
		kind, periods, found := strings.Cut(strings.TrimSpace(line), ":")
		if !found || !strings.HasPrefix(kind, "FREEBUSY;FBTYPE=") {
			continue
		}
		digit := map[string]byte{"BUSY-TENTATIVE": '1', "BUSY": '2', "BUSY-UNAVAILABLE": '3'}[strings.TrimPrefix(kind, "FREEBUSY;FBTYPE=")]
		for period := range strings.SplitSeq(periods, ",") {
			from, to, _ := strings.Cut(period, "/")
			start, err := time.Parse(basic, from)
			if err != nil {
				t.Fatal(err)
			}
			end, err := time.Parse(basic, to)
			if err != nil {
				t.Fatal(err)
			}
			for ; start.Before(end); start = start.Add(q.Interval) {
				digits[start.Sub(q.From)/q.Interval] = digit
			}
		}
	}
	return string(digits)
}
