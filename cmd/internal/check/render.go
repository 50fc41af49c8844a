package check

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// JSON writes r as one document.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Text writes r for a person at a terminal. mark decorates a severity, for
// instance with a colour; nil leaves it plain.
func (r Report) Text(w io.Writer, mark func(Severity, string) string) error {
	if mark == nil {
		mark = func(_ Severity, word string) string { return word }
	}
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s  %s  %s\n", mark(f.Severity, fmt.Sprintf("%-4s", f.Severity)), f.ID, f.Subject)
		line(&b, "seen", f.Seen)
		switch {
		case f.Follows != "":
			line(&b, "because", "of "+f.Follows+" above; mend that first")
		case f.Severity != OK:
			line(&b, "expected", f.Expected)
			line(&b, "fix", f.Fix)
			line(&b, "cmdlet", f.Cmdlet)
			line(&b, "cause", f.Cause)
		}
	}
	fmt.Fprintf(&b, "\n%d findings, the worst is: %s\n", len(r.Findings), mark(r.Worst, string(r.Worst)))
	if begin := r.Begin(); begin != nil {
		fmt.Fprintf(&b, "begin with: %s  %s\n", begin.ID, begin.Subject)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func line(b *strings.Builder, label, text string) {
	if text != "" {
		fmt.Fprintf(b, "      %-9s %s\n", label+":", strings.ReplaceAll(text, "\n", "\n                "))
	}
}

//go:embed report.html
var reportSource string

var reportTemplate = template.Must(template.New("report").Parse(reportSource))

// HTML writes r as one page that needs nothing else, to send to a colleague.
func (r Report) HTML(w io.Writer) error { return reportTemplate.Execute(w, r) }
