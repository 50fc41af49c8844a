package explain

import (
	"html"
	"regexp"
	"strings"
)

// evidence is what a text shows, ready to be compared with signs.
type evidence struct {
	text   string // flat
	depths []int  // where each inner exception begins
}

func newEvidence(text string) evidence {
	e := evidence{text: flat(text)}
	for _, at := range nesting.FindAllStringIndex(e.text, -1) {
		e.depths = append(e.depths, at[1])
	}
	return e
}

// nesting is where .NET, and Exchange in a MessageText, put an exception into
// another one, and where our own log does so.
var nesting = regexp.MustCompile(`--->|inner exception:|discovery: connector|(?:ews|graph): asking|oauth: no token`)

var (
	blanks = regexp.MustCompile(`\s+`)
	quotes = strings.NewReplacer("\\\"", `"`, "‘", "'", "’", "'", "“", `"`, "”", `"`, "\\r", " ", "\\n", " ")
)

// flat is text in lower case and in one line, as mail, consoles, XML and JSON each
// break and quote it in their own way.
func flat(text string) string {
	text = quotes.Replace(html.UnescapeString(strings.ToValidUTF8(text, "")))
	return strings.TrimSpace(blanks.ReplaceAllString(strings.ToLower(text), " "))
}

// found is where in a text a sign is.
type found struct {
	words string
	at    int
}

// find looks for a sign. Of several places the last counts, which is the innermost.
func (e evidence) find(s Sign) (found, bool) {
	switch {
	case s.Text != "":
		at := strings.LastIndex(e.text, s.Text)
		return found{s.Text, at}, at >= 0
	case s.alone != "" && s.alone == e.text:
		return found{s.alone, 0}, true
	case s.pattern != nil:
		return e.last(s.pattern)
	}
	return found{}, false
}

func (e evidence) last(pattern *regexp.Regexp) (found, bool) {
	all := pattern.FindAllStringIndex(e.text, -1)
	if len(all) == 0 {
		return found{}, false
	}
	at := all[len(all)-1]
	return found{strings.Trim(e.text[at[0]:at[1]], " =\"'<>,;:[]()"), at[0]}, true
}

// depth is in how many exceptions the place is.
func (e evidence) depth(at int) (n int) {
	for _, begin := range e.depths {
		if begin <= at {
			n++
		}
	}
	return n
}
