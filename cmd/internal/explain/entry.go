package explain

import (
	"regexp"
	"strconv"
	"strings"
)

// Entry is one cause in the catalogue.
type Entry struct {
	ID         string     `yaml:"id"` // area.what; it never changes
	Title      string     `yaml:"title"`
	Likelihood Likelihood `yaml:"likelihood"`
	Why        string     `yaml:"why"`
	Fix        string     `yaml:"fix"` // of a failure of ours, the remedy that package freebusy gives it
	Commands   []Command  `yaml:"commands"`
	Signs      []Sign     `yaml:"signs"`
	Outlook    []Symptom  `yaml:"outlook"` // what people see
	Sources    []string   `yaml:"sources"` // slugs of learn.microsoft.com, KB and RFC numbers, or our own

	// General is a cause that says that something failed, and not why. Any other
	// one that a text shows is better.
	General bool `yaml:"general"`

	named *regexp.Regexp // the id in a text
}

// Likelihood is how often a cause is met where its signs are.
type Likelihood string

// The likelihoods, the highest first.
const (
	Common     Likelihood = "common"
	Occasional Likelihood = "occasional"
	Rare       Likelihood = "rare"
)

var likelihoods = []Likelihood{Common, Occasional, Rare}

// Command is what looks at a cause, or mends it, for a person to run. Words in
// capitals and in <> are to be filled in.
type Command struct {
	In  string `yaml:"in" json:"in"` // the shell: "Exchange Management Shell", "shell"
	Run string `yaml:"run" json:"run"`
}

// Sign is something in a text that shows a cause. One of its members but Weak is
// set.
type Sign struct {
	Text        string `yaml:"text"`        // words, in any case
	Pattern     string `yaml:"pattern"`     // a regular expression over the text in lower case and in one line
	LID         int    `yaml:"lid"`         // the place in Exchange that says so: "LID: 47652"
	Number      int    `yaml:"number"`      // ExceptionCode, which Outlook on the web shows: 5037
	Diagnostics int    `yaml:"diagnostics"` // the number in x-ms-diagnostics: 2000005
	AADSTS      int    `yaml:"aadsts"`      // of Entra ID: 700027
	Code        string `yaml:"code"`        // a ResponseCode: ErrorNoFreeBusyAccess

	Weak bool `yaml:"weak"` // other causes show it as well

	pattern *regexp.Regexp // what to look for; nil for words
	alone   string         // a number that need not be introduced when there is nothing else
}

// compile makes what looks for s.
func (s *Sign) compile() (err error) {
	s.Text = flat(s.Text)
	switch {
	case s.Pattern != "":
		s.pattern, err = regexp.Compile(s.Pattern)
	case s.Code != "":
		s.pattern = whole(strings.ToLower(s.Code))
	case s.AADSTS != 0:
		s.pattern = whole("aadsts" + strconv.Itoa(s.AADSTS))
	case s.Diagnostics != 0:
		s.pattern = whole(strconv.Itoa(s.Diagnostics))
	case s.LID != 0:
		s.alone = strconv.Itoa(s.LID)
		s.pattern = regexp.MustCompile(`lid:? ?` + s.alone + `\b`)
	case s.Number != 0:
		s.alone = strconv.Itoa(s.Number)
		s.pattern = regexp.MustCompile(numbered + s.alone + `\b`)
	}
	return err
}

// numbered is what stands before an ExceptionCode: its element or that of a fault,
// a member of Graph, or the words of a person.
const numbered = `(?:exceptioncode\W*(?:xmlns="[^"]*"\W*)?|errorcode\W*(?:xmlns:m="[^"]*"\W*)?|responsecode\W+|error(?: code)?:? |code )`

// whole finds a word, of which dots and hyphens are part.
func whole(word string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^\w.-])` + word + `(?:$|[^\w.-]|[.-](?:\W|$))`)
}

// Symptom is what people see in Outlook.
type Symptom string

// The symptoms, in the order in which docs/troubleshooting.md has them.
const (
	Everybody  Symptom = "everybody"
	SomePeople Symptom = "some-people"
	OnePerson  Symptom = "one-person"
	AtTimes    Symptom = "at-times"
	Slow       Symptom = "slow"
	NoDetails  Symptom = "details-missing"
	Old        Symptom = "old-information"
)
