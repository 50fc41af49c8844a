package cli

import (
	"fmt"
	"strings"
)

// roff writes a manual page in the macros of man(7).
type roff struct {
	strings.Builder
	begun bool // a paragraph is open, which a heading has done already
}

// escapes are for characters that mean something to roff. A hyphen is a minus, so
// that what is copied from the page works.
var escapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

// escaped is text that roff prints as it is.
func escaped(text string) string {
	text = escapes.Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

func (r *roff) title(name string, section int, version string) {
	fmt.Fprintf(r, ".TH %s %d \"\" \"availproxy %s\"\n", strings.ToUpper(name), section, version)
}

func (r *roff) section(name string)    { r.heading(".SH", name) }
func (r *roff) subsection(name string) { r.heading(".SS", name) }

func (r *roff) heading(macro, name string) {
	fmt.Fprintf(r, "%s %s\n", macro, escaped(name))
	r.begun = false
}

// paragraph begins one, unless a heading just has.
func (r *roff) paragraph() {
	if r.begun {
		r.WriteString(".PP\n")
	}
	r.begun = true
}

// entry is a term with what it means.
func (r *roff) entry(term, meaning string) {
	fmt.Fprintf(r, ".TP\n.B %s\n", escaped(term))
	r.lines(meaning)
}

// prose is text in paragraphs; lines that are indented are examples.
func (r *roff) prose(text string) {
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if strings.HasPrefix(paragraph, "    ") {
			r.example(strings.ReplaceAll(strings.TrimPrefix(paragraph, "    "), "\n    ", "\n"))
			continue
		}
		r.paragraph()
		r.lines(paragraph)
	}
}

// example is text whose lines stay as they are.
func (r *roff) example(text string) {
	r.paragraph()
	r.WriteString(".RS 4\n.nf\n")
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			r.WriteString("\\&\n") // an empty line ends nothing in here
			continue
		}
		r.WriteString(escaped(line) + "\n")
	}
	r.WriteString(".fi\n.RE\n")
}

// lines are words that roff fills.
func (r *roff) lines(text string) {
	for line := range strings.Lines(strings.TrimSpace(text) + "\n") {
		r.WriteString(escaped(strings.TrimSpace(line)) + "\n")
	}
}
