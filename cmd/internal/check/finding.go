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
	ID       string   `json:"id"` // stable: area.what, for instance "certificate.expiry"
	Severity Severity `json:"severity"`
	Subject  string   `json:"subject"`  // the connector, certificate or mailbox it is about
	Seen     string   `json:"seen"`     // the fact
	Expected string   `json:"expected"` // what it should be
	Fix      string   `json:"fix"`      // what to do; "" when all is well
	Cmdlet   string   `json:"cmdlet,omitempty"`
}

// Report is everything that was found, in the order of the path that a question
// takes, so that the first failure is the one to mend first.
type Report struct {
	Findings []Finding `json:"findings"`
	Worst    Severity  `json:"worst"`
}

// NewReport sums findings up.
func NewReport(findings []Finding) Report {
	r := Report{Findings: findings, Worst: OK}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	for _, f := range findings {
		r.Worst = slices.MaxFunc([]Severity{r.Worst, f.Severity}, func(a, b Severity) int { return cmp.Compare(a.rank(), b.rank()) })
	}
	return r
}
