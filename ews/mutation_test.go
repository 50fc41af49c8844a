package ews

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// reply is how a server answers: a good answer, until a mutation changes it.
type reply struct {
	status int
	header http.Header
	body   string
	write  func(http.ResponseWriter, *http.Request, reply) // nil for the plain way
}

func (p reply) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	for name, values := range p.header {
		w.Header()[name] = values
	}
	if p.write != nil {
		p.write(w, r, p)
		return
	}
	w.WriteHeader(p.status)
	io.WriteString(w, p.body)
}

func goodReply(t testing.TB) reply {
	t.Helper()
	body, err := os.ReadFile("testdata/upstream/exchange2013.xml")
	if err != nil {
		t.Fatal(err)
	}
	return reply{status: http.StatusOK, header: http.Header{"Content-Type": {contentType}}, body: string(body)}
}

// clientOf is a Client of a server that answers with h.
func clientOf(t testing.TB, h http.Handler) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &Client{HTTP: server.Client(), URL: server.URL + "/EWS/Exchange.asmx", Connector: "contoso"}
}

func answersOf(t testing.TB, c *Client, q freebusy.Query) []freebusy.Answer {
	t.Helper()
	answers, err := c.Availability(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	if len(answers) != len(q.Mailboxes) {
		t.Fatalf("%d answers for %d mailboxes", len(answers), len(q.Mailboxes))
	}
	return answers
}

// TestMutatedAnswers mutates a good answer in every way of which it is known
// what it does to other clients. Whatever a server makes of an answer, each
// mailbox gets what is its own, or an error.
func TestMutatedAnswers(t *testing.T) {
	names, err := os.ReadFile("testdata/upstream/mutations.txt")
	if err != nil {
		t.Fatal(err)
	}
	good := answersOf(t, clientOf(t, goodReply(t)), aboutThem())
	for name := range strings.FieldsSeq(string(names)) {
		m, ok := mutations[name]
		if !ok {
			t.Errorf("there is no mutation %q", name)
			continue
		}
		t.Run(name, func(t *testing.T) { m.check(t, good) })
	}
}

// TestMoreMutatedAnswers does the same in ways that were not tried on other
// clients.
func TestMoreMutatedAnswers(t *testing.T) {
	good := answersOf(t, clientOf(t, goodReply(t)), aboutThem())
	for name, m := range moreMutations {
		t.Run(name, func(t *testing.T) { m.check(t, good) })
	}
}

func (m mutation) check(t *testing.T, good []freebusy.Answer) {
	mutant := goodReply(t)
	before := fmt.Sprintf("%+v", mutant)
	m.mutate(&mutant)
	if before == fmt.Sprintf("%+v", mutant) {
		t.Fatal("the mutation changes nothing")
	}
	got := verdicts(good, answersOf(t, clientOf(t, mutant), aboutThem()))
	if want := expand(m.want); !slices.Equal(got, want) {
		t.Errorf("the mailboxes are read as %q, want %q", got, want)
	}
}

// expand lets one word stand for all four mailboxes.
func expand(want string) []string {
	if words := strings.Fields(want); len(words) > 1 {
		return words
	}
	return slices.Repeat([]string{want}, len(attendees))
}

func verdicts(want, got []freebusy.Answer) (all []string) {
	for i := range want {
		all = append(all, verdict(want[i], got[i]))
	}
	return all
}

// verdict compares what was read of a mutated answer with the good one:
//
//	same      nothing is lost
//	code      the same error with another text
//	error     an error instead
//	less      the same times, without some details or the working hours
//	digits    no events, but digits that show the same
//	unknown   no events, but digits that show the same or that there is no data
//	hours     the same times, with the other working hours that were written
//	reworded  the same times, with another busy type that is not free where it was not
//	WRONG     anything else, such as data of somebody else
func verdict(want, got freebusy.Answer) string {
	switch {
	case want.Err != nil && got.Err != nil && want.Err.Code == got.Err.Code && want.Err.Text == got.Err.Text:
		return "same"
	case want.Err != nil && got.Err != nil && want.Err.Code == got.Err.Code:
		return "code"
	case got.Err != nil:
		return "error"
	case want.Err != nil:
		return "WRONG"
	case got.Calendar.Merged != nil:
		return verdictOfDigits(want.Calendar, got.Calendar)
	}
	return verdictOfEvents(want.Calendar, got.Calendar)
}

func verdictOfDigits(want, got *freebusy.Calendar) string {
	truth, unknown := freebusy.Merge(want.Events, want.Known, got.Merged.Interval), false
	if len(got.Merged.Digits) != len(truth) {
		return "WRONG"
	}
	for i := range truth {
		switch got.Merged.Digits[i] {
		case truth[i]:
		case '4':
			unknown = true
		default:
			return "WRONG"
		}
	}
	if unknown {
		return "unknown"
	}
	return "digits"
}

func verdictOfEvents(want, got *freebusy.Calendar) string {
	less, reworded := false, false
	if len(want.Events) != len(got.Events) {
		return "WRONG"
	}
	for i, e := range got.Events {
		w := want.Events[i]
		if !e.Start.Equal(w.Start) || !e.End.Equal(w.End) || freed(w, e) || !noMore(w.Details, e.Details) {
			return "WRONG"
		}
		less = less || !cmp.Equal(w.Details, e.Details)
		reworded = reworded || e.Busy != w.Busy
	}
	switch {
	case reworded:
		return "reworded"
	case less, want.WorkingHours != nil && got.WorkingHours == nil:
		return "less"
	case !cmp.Equal(want.WorkingHours, got.WorkingHours):
		return "hours"
	}
	return "same"
}

// freed reports whether got looks free where want does not.
func freed(want, got freebusy.Event) bool {
	second := freebusy.Window{Start: time.Unix(0, 0), End: time.Unix(1, 0)}
	digit := func(e freebusy.Event) string {
		return freebusy.Merge([]freebusy.Event{{Start: second.Start, End: second.End, Busy: e.Busy}}, second, time.Second)
	}
	return digit(got) == "0" && digit(want) != "0"
}

// noMore reports whether got tells nothing that want does not.
func noMore(want, got *freebusy.Details) bool {
	if got == nil || want == nil {
		return got == nil
	}
	for _, text := range [][2]string{{want.ID, got.ID}, {want.Subject, got.Subject}, {want.Location, got.Location}} {
		if text[1] != "" && text[0] != text[1] {
			return false
		}
	}
	return got.IsPrivate || !want.IsPrivate
}

type mutation struct {
	mutate func(*reply)
	want   string // a verdict for all mailboxes, or one for each
}

// replaceAll and the other makers of mutations change the body of an answer.
func replaceAll(pairs ...string) func(*reply) {
	r := strings.NewReplacer(pairs...)
	return func(p *reply) { p.body = r.Replace(p.body) }
}

func replaceEach(pattern, replacement string) func(*reply) {
	re := regexp.MustCompile("(?s)" + pattern)
	return func(p *reply) { p.body = re.ReplaceAllString(p.body, replacement) }
}

func withHeader(name string, values ...string) func(*reply) {
	return func(p *reply) { p.header[name] = values }
}

// times rewrites each time of an event.
func times(rewrite func(time.Time) string) func(*reply) {
	re := regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`)
	return func(p *reply) {
		p.body = re.ReplaceAllStringFunc(p.body, func(text string) string {
			t, err := time.Parse(wallClock, text)
			if err != nil {
				panic(err) // the answer is ours
			}
			return rewrite(t)
		})
	}
}

func timesIn(layout string) func(*reply) {
	return times(func(t time.Time) string { return t.Format(layout) })
}

func fault(status int, code, detail string) func(*reply) {
	return func(p *reply) {
		p.status = status
		p.body = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode xmlns:a="` + nsTypes + `">` + code +
			`</faultcode><faultstring>It failed.</faultstring>` + detail + `</s:Fault></s:Body></s:Envelope>`
	}
}

func ewsFault(code string) func(*reply) {
	return fault(500, "a:"+code, `<detail><e:ResponseCode xmlns:e="`+nsErrors+`">`+code+`</e:ResponseCode></detail>`)
}

func status(status int, contentType, body string) func(*reply) {
	return func(p *reply) {
		p.status, p.body = status, body
		p.header = http.Header{"Content-Type": {contentType}, "Location": {"/EWS/Other.asmx"}, "Retry-After": {"7"}}
	}
}

func writing(write func(http.ResponseWriter, *http.Request, reply)) func(*reply) {
	return func(p *reply) { p.write = write }
}

func inPieces(w http.ResponseWriter, _ *http.Request, p reply) {
	for piece := range slices.Chunk([]byte(p.body), 100) {
		w.Write(piece)
		http.NewResponseController(w).Flush()
	}
}

func compressed(w http.ResponseWriter, r *http.Request, p reply) {
	if r.Header.Get("Accept-Encoding") != "gzip" {
		w.WriteHeader(http.StatusNotAcceptable)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	io.WriteString(z, p.body)
	z.Close()
}

func asHTTP10(w http.ResponseWriter, _ *http.Request, p reply) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "HTTP/1.0 200 OK\r\nContent-Type: %s\r\n\r\n%s", contentType, p.body)
}

// prefixes writes the same document with all namespaces declared on its root.
func prefixes(soapPrefix, messages, types, errs string) func(*reply) {
	prefix := map[string]string{soap.Envelope11: soapPrefix, nsMessages: messages, nsTypes: types, nsErrors: errs}
	return func(p *reply) {
		doc := etree.NewDocument()
		if err := doc.ReadFromString(p.body); err != nil {
			panic(err) // the answer is ours
		}
		rename(doc.Root(), prefix)
		for namespace, name := range prefix {
			doc.Root().CreateAttr("xmlns:"+name, namespace)
		}
		p.body = string(soap.Bytes(doc))
	}
}

// rename begins with the leaves, which need the declarations of their parents.
func rename(e *etree.Element, prefix map[string]string) {
	for _, c := range e.ChildElements() {
		rename(c, prefix)
	}
	e.Space = prefix[e.NamespaceURI()]
	e.Attr = slices.DeleteFunc(e.Attr, func(a etree.Attr) bool { return a.Space == "xmlns" || a.Key == "xmlns" })
}

func asUTF16(p *reply) {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, unit := range utf16.Encode([]rune(p.body)) {
		b.WriteByte(byte(unit))
		b.WriteByte(byte(unit >> 8))
	}
	p.body = b.String()
}

// reversed turns the order of the responses around.
func reversed(p *reply) {
	responses := regexp.MustCompile(`(?s)<FreeBusyResponse>.*?</FreeBusyResponse>`).FindAllString(p.body, -1)
	together := strings.Join(responses, "")
	slices.Reverse(responses)
	p.body = strings.Replace(p.body, together, strings.Join(responses, ""), 1)
}
