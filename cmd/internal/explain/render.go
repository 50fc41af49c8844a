package explain

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Report is what a text shows, for people and for scripts.
type Report struct {
	Causes  []Finding `json:"causes"`            // the most telling first
	Collect []string  `json:"collect,omitempty"` // what would help, where there is no cause
}

// Finding is a Cause in JSON. Its form is a contract.
type Finding struct {
	ID         string     `json:"id"`
	Title      string     `json:"title"`
	Confidence Confidence `json:"confidence"`
	Because    []string   `json:"because"`
	Likelihood Likelihood `json:"likelihood"`
	Why        string     `json:"why"`
	Fix        string     `json:"fix"`
	Commands   []Command  `json:"commands"`
	Sources    []string   `json:"sources"`
}

// NewReport makes a Report of what [Catalogue.Explain] found.
func NewReport(causes []Cause) Report {
	r := Report{Causes: []Finding{}}
	for _, c := range causes {
		r.Causes = append(r.Causes, Finding{c.ID, c.Title, c.Confidence, c.Because, c.Likelihood, c.Why, c.Fix, c.Commands, c.Sources})
	}
	if len(causes) == 0 {
		r.Collect = Collect()
	}
	return r
}

// JSON writes r as one document.
func (r Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// mostOthers is how many further causes are named in Text.
const mostOthers = 4

// Text writes r for a person: the first cause in full, others by name.
func (r Report) Text(w io.Writer) error {
	var b strings.Builder
	if len(r.Causes) == 0 {
		b.WriteString("Nothing in this text is known to us, which says nothing about whether something is wrong. What would help:\n")
		for _, what := range r.Collect {
			fmt.Fprintf(&b, "  - %s\n", what)
		}
		_, err := io.WriteString(w, b.String())
		return err
	}
	r.Causes[0].write(&b)
	for i, c := range r.Causes[1:] {
		if i == 0 {
			b.WriteString("\nAlso in this text, and less telling:\n")
		}
		if i == mostOthers {
			break
		}
		fmt.Fprintf(&b, "  %-30s %s (%s)\n", c.ID, c.Title, c.Confidence)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (f Finding) write(b *strings.Builder) {
	fmt.Fprintf(b, "%s  [%s]\n", f.Title, f.ID)
	part(b, "how sure", fmt.Sprintf("%s, because of %s; as a cause %s", f.Confidence, quoted(f.Because), f.Likelihood))
	part(b, "why", f.Why)
	part(b, "fix", f.Fix)
	for _, c := range f.Commands {
		fmt.Fprintf(b, "  %s:\n      %s\n", c.In, c.Run)
	}
	part(b, "sources", strings.Join(f.Sources, ", "))
}

func quoted(words []string) string {
	const most = 3
	var all []string
	for _, w := range words[:min(len(words), most)] {
		all = append(all, fmt.Sprintf("%.80q", w))
	}
	return strings.Join(all, ", ")
}

// part writes a label and its text in lines of readable length.
func part(b *strings.Builder, label, text string) {
	const width = 96
	line := fmt.Sprintf("  %-9s", label+":")
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line = strings.Repeat(" ", 11)
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}
