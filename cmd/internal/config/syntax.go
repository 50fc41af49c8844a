package config

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// syntaxHints explain what the YAML library says to those who meet it for the
// first time; the first row whose text is in the message counts.
var syntaxHints = []struct{ message, hint string }{
	{"unknown anchor", `a value that begins with * stands in quotes: "*.contoso.com"`},
	{"unknown escape character", `a value with \ stands in single quotes: 'CONTOSO\EX2007$'`},
	{"hexadecimal number", `a value with \ stands in single quotes: 'CONTOSO\EX2007$'`},
	{"mapping values are not allowed", "check the indentation, and quote a value that contains a colon and a space"},
	{"did not find expected key", "check the indentation, and that brackets and quotes are closed"},
	{"',' or ']'", "a list in brackets is not closed"},
	{"',' or '}'", "braces are not closed"},
	{"unexpected end of stream", "a quote is not closed"},
	{"character that cannot start any token", "indent with spaces, never with tabs, and quote a value that begins with @, % or a backquote"},
}

// syntaxProblem is what a file that is not YAML says.
func syntaxProblem(data []byte, err error) *Problem {
	p := &Problem{Line: 1, Column: 1, Message: err.Error()}
	cause, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		return p
	}
	p.Message = cause.Message
	if cause.Mark.Line > 0 {
		p.Line, p.Column = cause.Mark.Line, max(1, cause.Mark.Column)
	} else {
		p.Line, p.Column = firstForbidden(data)
	}
	for _, row := range syntaxHints {
		if strings.Contains(p.Message, row.message) {
			p.Hint = row.hint
			break
		}
	}
	if strings.HasPrefix(p.Message, "unknown anchor") {
		p.Message = "unknown anchor" // without its name, which may be half a password
	}
	return p
}

// firstForbidden is where the first character stands that YAML does not allow.
func firstForbidden(data []byte) (line, column int) {
	line, column = 1, 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == '\n':
			line, column = line+1, 0
		case r == utf8.RuneError && size == 1, unicode.IsControl(r) && r != '\t' && r != '\r' && r != '\u0085':
			return line, column
		}
		data, column = data[size:], column+1
	}
	return 1, 1
}
