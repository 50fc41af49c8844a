package check

import (
	"cmp"
	"slices"
)

// Severity says how bad a Finding is.
type Severity string

// The severities, best first.
const (
	OK   Severity = "ok"
	Warn Severity = "warn"
	Fail Severity = "fail"
)

func (s Severity) rank() int { return slices.Index([]Severity{OK, Warn, Fail}, s) }

// Finding is one thing that was looked at. Its JSON form is a contract that
// operators script against.
type Finding struct {
	ID       string   `json:"id"` // stable: area.what, for instance "certificate.usable"
	Severity Severity `json:"severity"`
	Subject  string   `json:"subject"`  // the connector, certificate or mailbox it is about
	Seen     string   `json:"seen"`     // the fact
	Expected string   `json:"expected"` // what it should be
	Fix      string   `json:"fix"`      // what to do; "" when all is well
	Cmdlet   string   `json:"cmdlet,omitempty"`

	Cause   string `json:"cause,omitempty"`   // of a failure: its id in the catalogue of causes, for `availproxy explain`
	Follows string `json:"follows,omitempty"` // id of the Finding because of which this one fails

	Scope string `json:"-"` // the connector that it is about; "" is all of them
}

// Report is everything that was found: first what has to be mended, each root
// cause before what fails because of it, then warnings, then what is well. The
// first Finding is the one to begin with.
type Report struct {
	Findings []Finding `json:"findings"`
	Worst    Severity  `json:"worst"`

	About string `json:"-"` // when, by which version and of which configuration, for the page
}

// Begin is the Finding to mend first, nil where nothing fails.
func (r Report) Begin() *Finding {
	if r.Worst != Fail {
		return nil
	}
	return &r.Findings[0]
}

// Count is how many findings are of that severity.
func (r Report) Count(s Severity) (n int) {
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// NewReport ranks findings, which come in the order in which a question needs
// what they are about, and sums them up.
func NewReport(findings []Finding) Report {
	r := Report{Findings: ranked(findings), Worst: OK}
	for _, f := range findings {
		r.Worst = slices.MaxFunc([]Severity{r.Worst, f.Severity}, func(a, b Severity) int { return cmp.Compare(a.rank(), b.rank()) })
	}
	return r
}
