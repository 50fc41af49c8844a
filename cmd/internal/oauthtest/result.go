package oauthtest

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"availproxy/freebusy"
)

// ResultType says how a test went.
type ResultType string

// The ResultTypes of the cmdlet that we give.
const (
	Success ResultType = "Success"
	Error   ResultType = "Error"
)

// Service is what a test asks.
type Service string

// The Services of the cmdlet.
const (
	EWS     Service = "EWS"
	AutoD   Service = "AutoD"
	Generic Service = "Generic"
)

// Result is the object that the cmdlet writes. IsValid is about the object, and
// true for an Error as well. Its JSON form is a contract.
type Result struct {
	Task        string     `json:"task"`
	Detail      string     `json:"detail"`
	ResultType  ResultType `json:"resultType"`
	Identity    string     `json:"identity"`
	IsValid     bool       `json:"isValid"`
	ObjectState string     `json:"objectState"`

	Cause freebusy.Cause `json:"cause,omitempty"` // of an Error, for `availproxy explain`
	Fix   string         `json:"fix,omitempty"`
}

var tasks = map[Service]string{
	EWS:     "Checking EWS API Call Under Oauth",
	AutoD:   "Checking Autodiscover API Call Under Oauth",
	Generic: "Checking Generic API Call Under Oauth",
}

// NewResult is the Result of a story. failure is nil for a success.
func NewResult(service Service, story *Story, failure *freebusy.Error) Result {
	r := Result{
		Task: tasks[service], Detail: story.String(), ResultType: Success,
		Identity: "Microsoft.Exchange.Security.OAuth.ValidationResultNodeId", IsValid: true, ObjectState: "New",
	}
	if failure != nil {
		r.ResultType, r.Cause, r.Fix = Error, failure.Cause(), failure.Remedy()
	}
	return r
}

// JSON writes r as one document.
func (r Result) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Text writes r as Format-List does, and what mends an Error below.
func (r Result) Text(w io.Writer) error {
	var b strings.Builder
	valid := "False"
	if r.IsValid {
		valid = "True"
	}
	for _, p := range [][2]string{
		{"Task", r.Task}, {"Detail", r.Detail}, {"ResultType", string(r.ResultType)}, {"Identity", r.Identity}, {"IsValid", valid}, {"ObjectState", r.ObjectState},
	} {
		fmt.Fprintf(&b, "%-11s : %s\n", p[0], strings.ReplaceAll(p[1], "\n", "\n"+strings.Repeat(" ", 14)))
	}
	if r.Cause != "" {
		fmt.Fprintf(&b, "\nFix   : %s\nCause : %s; `availproxy explain %s` says more.\n", r.Fix, r.Cause, r.Cause)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
