package explain

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v4"

	"availproxy/freebusy"
)

func catalogue(t *testing.T) *Catalogue {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEveryFailureOfOursIsInTheCatalogue goes through all that this program can say.
func TestEveryFailureOfOursIsInTheCatalogue(t *testing.T) {
	c := catalogue(t)
	for cause, remedy := range freebusy.Causes() {
		e, ok := c.ByID(string(cause))
		if !ok {
			t.Errorf("%s is not in the catalogue", cause)
		} else if e.Fix != remedy {
			t.Errorf("the catalogue says of %s %q; freebusy says %q, and that is the place for it", cause, e.Fix, remedy)
		}
	}
}

func TestEntriesHaveStableForms(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*$`)
	symptoms := []Symptom{Everybody, SomePeople, OnePerson, AtTimes, Slow, NoDetails, Old}
	for _, e := range catalogue(t).All() {
		if !form.MatchString(e.ID) {
			t.Errorf("the id %q is not area.what", e.ID)
		}
		if strings.HasSuffix(e.Title, ".") || !strings.HasSuffix(e.Fix, ".") {
			t.Errorf("%s: %q, %q: a title has no full stop, a fix has one", e.ID, e.Title, e.Fix)
		}
		for _, s := range e.Outlook {
			if !slices.Contains(symptoms, s) {
				t.Errorf("%s: nobody sees %q", e.ID, s)
			}
		}
		for _, c := range e.Commands {
			if c.In == "" || c.Run == "" {
				t.Errorf("%s: the command %+v is not complete", e.ID, c)
			}
		}
	}
}

// TestEverySignFindsItsOwnEntryFirst shows each sign alone.
func TestEverySignFindsItsOwnEntryFirst(t *testing.T) {
	c := catalogue(t)
	for _, e := range c.All() {
		for _, s := range e.Signs {
			text := s.only()
			if text == "" {
				continue // a pattern, which the samples try
			}
			if got := c.Explain(text); len(got) == 0 || got[0].ID != e.ID {
				t.Errorf("%q of %s finds first %s", text, e.ID, first(got))
			}
		}
		if got := c.Explain("availproxy.cause=" + e.ID); len(got) != 1 || got[0].ID != e.ID || got[0].Confidence != Sure {
			t.Errorf("the id %s finds %s", e.ID, first(got))
		}
	}
}

// only is a text with nothing but s in it.
func (s Sign) only() string {
	switch {
	case s.LID != 0:
		return fmt.Sprintf("LID: %d", s.LID)
	case s.AADSTS != 0:
		return fmt.Sprintf("AADSTS%d", s.AADSTS)
	case s.Diagnostics != 0:
		return fmt.Sprint(s.Diagnostics)
	case s.Number != 0:
		return fmt.Sprint(s.Number)
	}
	return s.Text + s.Code
}

func first(causes []Cause) string {
	if len(causes) == 0 {
		return "nothing"
	}
	return causes[0].ID
}

// TestSamplesAreExplained takes texts as people paste them: out of events, answers,
// browsers and logs. None was made from a sign.
func TestSamplesAreExplained(t *testing.T) {
	data, err := os.ReadFile("testdata/samples.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var samples []struct {
		Cause string `yaml:"cause"`
		Text  string `yaml:"text"`
	}
	if err := yaml.Load(data, &samples, yaml.WithKnownFields(true)); err != nil {
		t.Fatal(err)
	}
	c, tried := catalogue(t), map[string]bool{}
	for _, s := range samples {
		tried[s.Cause] = true
		if got := c.Explain(s.Text); first(got) != s.Cause {
			t.Errorf("want %s first, got %s, for\n%s\n%s", s.Cause, first(got), s.Text, weights(got))
		}
	}
	for _, e := range c.All() {
		if !tried[e.ID] {
			t.Errorf("%s has no sample", e.ID)
		}
	}
}

func weights(causes []Cause) string {
	var b strings.Builder
	for _, c := range causes[:min(len(causes), 4)] {
		fmt.Fprintf(&b, "  %5d %s %q\n", c.weight, c.ID, c.Because)
	}
	return b.String()
}

func TestWhatNobodyKnowsIsSaidToBeUnknown(t *testing.T) {
	c := catalogue(t)
	for _, text := range []string{"", "  \n", "the printer is on fire", "12345", "AADSTS1", "ErrorOfTomorrow", "\x00\xff<", strings.Repeat("a ", 1<<16)} {
		if got := c.Explain(text); len(got) > 0 {
			t.Errorf("%.40q is taken for %s because of %q", text, got[0].ID, got[0].Because)
		}
	}
}

func TestABrokenCatalogueIsRefused(t *testing.T) {
	entry := "- {id: a.b, title: T, likelihood: common, why: W, fix: F., commands: [{in: shell, run: x}], signs: [{text: s}], outlook: [slow], sources: [s]}\n"
	tests := map[string]struct{ file, want string }{
		"the same id twice":      {entry + entry, "a.b is there twice"},
		"a key nobody knows":     {strings.Replace(entry, "title", "titel", 1), "titel"},
		"a missing source":       {strings.Replace(entry, ", sources: [s]", "", 1), "a.b has no sources"},
		"no signs":               {strings.Replace(entry, "{text: s}", "", 1), "a.b has no signs"},
		"another likelihood":     {strings.Replace(entry, "common", "always", 1), "a.b has no likelihood"},
		"a pattern that is none": {strings.Replace(entry, "{text: s}", "{pattern: '('}", 1), "missing closing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := load(fstest.MapFS{"catalogue/a.yaml": {Data: []byte(tt.file)}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
	if _, err := load(fstest.MapFS{"catalogue/a.yaml": {Data: []byte(entry)}}); err != nil {
		t.Errorf("the entry as it should be: %v", err)
	}
}

func FuzzExplain(f *testing.F) {
	f.Add("Proxy web request failed. , inner exception: x ---> y LID: 43532")
	f.Add(`{"responseCode":"5016"}`)
	c, err := Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		causes := c.Explain(text)
		for i, cause := range causes {
			if len(cause.Because) == 0 || cause.weight <= 0 || i > 0 && cause.weight > causes[i-1].weight {
				t.Errorf("%d: %s weighs %d because of %q", i, cause.ID, cause.weight, cause.Because)
			}
		}
	})
}
