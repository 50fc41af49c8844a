package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a configuration file, or one thing in it that is
// legal but rarely meant. It never quotes a secret.
type Problem struct {
	File    string // as it was named to Read or Parse
	Line    int    // from 1; 0 when the file as a whole is meant
	Column  int    // from 1, in characters
	Key     string // path of the key: "intra_organization_connectors[0].cloud"; "" for the syntax
	Message string // what is wrong
	Hint    string // what to write or do instead; may be ""
}

// String writes the problem on one line, the way compilers do.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	if p.Key != "" {
		b.WriteString(": " + p.Key)
	}
	b.WriteString(": " + p.Message)
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// Errors are all the mistakes of one file, ordered by position.
type Errors []Problem

// Error writes one problem a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// position is a place in the file, both numbers from 1.
type position struct{ line, column int }

func byPosition(a, b Problem) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Key, b.Key))
}

func sorted(problems []Problem) []Problem {
	slices.SortStableFunc(problems, byPosition)
	return problems
}

// mistake is why a value cannot be read, before it is known where it stands.
type mistake struct{ message, hint string }

func (m *mistake) Error() string {
	if m.hint == "" {
		return m.message
	}
	return m.message + "; " + m.hint
}
