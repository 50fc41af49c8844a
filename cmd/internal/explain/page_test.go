package explain

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite docs/troubleshooting.md")

const page = "../../../docs/troubleshooting.md"

// TestThePageSaysWhatTheCatalogueSays holds docs/troubleshooting.md to it.
func TestThePageSaysWhatTheCatalogueSays(t *testing.T) {
	got := written(catalogue(t))
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("run go test ./cmd/internal/explain -update (-want +got)\n%s", diff)
	}
}

// TestEveryCauseIsOnTheWayFromASymptom follows the links of the page.
func TestEveryCauseIsOnTheWayFromASymptom(t *testing.T) {
	c := catalogue(t)
	symptomatic, causes, _ := strings.Cut(written(c), "\n## The causes\n")
	for _, e := range c.All() {
		if !strings.Contains(symptomatic, link(e)) {
			t.Errorf("no symptom leads to %s", e.ID)
		}
		if strings.Count(causes, "\n### "+heading(e)+"\n") != 1 {
			t.Errorf("%s has no heading of its own", e.ID)
		}
	}
}

// symptoms are what people see, with what to look at first.
var symptoms = []struct {
	Symptom
	title, text string
}{
	{Everybody, "Everybody of the other side is hatched", "Nobody over there can be seen, for anybody here. Something on the way fails: the " +
		"question does not reach the proxy, the proxy gets no token, or the other side does not answer. " +
		"`availproxy check --config FILE --mailbox ADDRESS` tries the way step by step, and its first finding is the one to mend first. " +
		"When our log has no line for the question, look at the Exchange server: see [No question ever comes to the proxy](#exchangenobody-asks)."},
	{SomePeople, "Some people are hatched, others are not", "What do the hatched ones have in common: a domain, a server, a licence, a group? " +
		"`availproxy lookup --config FILE --explain ADDRESS` shows the way of one of them and of one who can be seen."},
	{OnePerson, "One person is hatched", "It is about that mailbox or about its contact here. " +
		"`availproxy lookup --config FILE --explain ADDRESS` says which."},
	{AtTimes, "It works at times", "Throttling, overload, or something that ends connections. The page `/queries` of the admin listener keeps the last failures."},
	{Slow, "It is slow, or the lines are hatched first and a second try works", "The answer came too late for Outlook and is in the cache by then. " +
		"`availproxy lookup --config FILE --explain ADDRESS` shows how long each hop takes."},
	{NoDetails, "Times can be seen, subjects and places cannot", "That is how it is by default, on both sides."},
	{Old, "What can be seen is out of date", "Somebody remembers: Outlook, or the cache of the proxy."},
}

const preface = `# From what Outlook shows to the cause

Hatched lines, or "No information", in the scheduling assistant of Outlook mean that there
was no answer about that person. Outlook does not say why; three places do. Take what you
find there to the program, which says what is behind it, how sure that is, and which
commands mend it:

    availproxy explain < event.txt
    availproxy explain 'LID: 47932'
    availproxy explain AADSTS700027

- **The Exchange server that asked**: events 4002 of MSExchange Availability in its
  application log. Paste the whole text: of exceptions in each other, the innermost counts.
- **The proxy**: the line "availability query" in its log, the attribute
  ` + "`availproxy.cause`" + ` in a trace, the status page. The id of a cause explains itself:
  ` + "`availproxy explain mailbox.no-access`" + `.
- **Outlook on the web**: the answer to GetUserAvailability in the developer tools (F12).
  ResponseCode and ExceptionCode (5016, 5037, 5039) are in it.

` + "`availproxy check --config FILE --mailbox ADDRESS`" + ` needs none of this and tries the way
itself, ` + "`availproxy test-oauth`" + ` tries a token as Test-OAuthConnectivity does.

*This page is made from the catalogue of ` + "`availproxy explain`" + `. FILE is the configuration,
ADDRESS a mailbox on the other side; words in <> are to be filled in.*
`

func written(c *Catalogue) string {
	var b strings.Builder
	b.WriteString(preface)
	for _, s := range symptoms {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", s.title, wrapped(s.text))
		writeSymptom(&b, c, s.Symptom)
	}
	b.WriteString("\n## The causes\n")
	for _, e := range c.All() {
		writeCause(&b, e)
	}
	return b.String()
}

// writeSymptom has the common causes in a table and names the others.
func writeSymptom(b *strings.Builder, c *Catalogue, s Symptom) {
	var common, others []*Entry
	for _, e := range c.All() {
		switch {
		case !slices.Contains(e.Outlook, s):
		case e.Likelihood == Common && !e.General:
			common = append(common, e)
		default:
			others = append(others, e)
		}
	}
	if len(common) > 0 {
		b.WriteString("\n| cause | what to do |\n| --- | --- |\n")
		for _, e := range common {
			fmt.Fprintf(b, "| %s | %s |\n", link(e), strings.ReplaceAll(e.Fix, "|", "\\|"))
		}
	}
	if len(others) == 0 {
		return
	}
	b.WriteString("\nAlso:\n\n")
	for _, e := range others {
		fmt.Fprintf(b, "- %s\n", link(e))
	}
}

func writeCause(b *strings.Builder, e *Entry) {
	fmt.Fprintf(b, "\n### %s\n\n**%s.** %s\n\n", heading(e), e.Title, strings.TrimSpace(e.Why))
	fmt.Fprintf(b, "%s\n", e.Fix)
	for _, c := range e.Commands {
		fmt.Fprintf(b, "\n*%s:*\n\n    %s\n", c.In, c.Run)
	}
	var shows []string
	for _, s := range e.Signs {
		if shown := s.shown(); shown != "" {
			shows = append(shows, shown)
		}
	}
	if len(shows) > 0 {
		fmt.Fprintf(b, "\nShows as: %s.\n", strings.Join(shows, "; "))
	}
	fmt.Fprintf(b, "\nSources: %s.\n", strings.Join(e.Sources, ", "))
}

// shown is how people meet a sign; a pattern is no reading for them.
func (s Sign) shown() string {
	switch {
	case s.LID != 0:
		return fmt.Sprintf("LID %d", s.LID)
	case s.AADSTS != 0:
		return fmt.Sprintf("AADSTS%d", s.AADSTS)
	case s.Diagnostics != 0:
		return fmt.Sprintf("x-ms-diagnostics %d", s.Diagnostics)
	case s.Number != 0:
		return fmt.Sprintf("number %d", s.Number)
	case s.Code != "":
		return s.Code
	case s.Text != "":
		return fmt.Sprintf("%q", s.Text)
	}
	return ""
}

func heading(e *Entry) string { return e.ID }

// link leads to the heading of a cause, by the anchor that GitHub gives it.
func link(e *Entry) string {
	return fmt.Sprintf("[%s](#%s)", e.Title, strings.ReplaceAll(heading(e), ".", ""))
}

// wrapped breaks text into lines of readable length.
func wrapped(text string) string {
	const width = 88
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}
