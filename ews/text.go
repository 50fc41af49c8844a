package ews

import (
	"strings"
	"unicode/utf8"
)

// appendElement appends an element that holds text and nothing else. name has
// its prefix.
func appendElement(dst []byte, name, text string) []byte {
	dst = append(append(append(dst, '<'), name...), '>')
	dst = appendText(dst, text)
	return append(append(append(dst, "</"...), name...), '>')
}

// appendText appends text as a tree writes it. What XML 1.0 2.2 forbids becomes
// U+FFFD: one such character would make .NET reject the whole answer.
func appendText(dst []byte, text string) []byte {
	for {
		n := plainLength(text)
		dst = append(dst, text[:n]...)
		if n == len(text) {
			return dst
		}
		r, size := utf8.DecodeRuneInString(text[n:])
		dst = append(dst, escaped(r, text[n:n+size])...)
		text = text[n+size:]
	}
}

// plainLength is how much of text is ASCII that is written as it is.
func plainLength(text string) int {
	for i := range len(text) {
		if !plainBytes[text[i]] {
			return i
		}
	}
	return len(text)
}

var plainBytes = newPlainBytes()

func newPlainBytes() (plain [256]bool) {
	for b := ' '; b < utf8.RuneSelf; b++ {
		plain[b] = !strings.ContainsRune(`&<>'"`, b)
	}
	return plain
}

func escaped(r rune, raw string) string {
	switch {
	case r == '&':
		return "&amp;"
	case r == '<':
		return "&lt;"
	case r == '>':
		return "&gt;"
	case r == '\'':
		return "&apos;"
	case r == '"':
		return "&quot;"
	case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == utf8.RuneError && len(raw) == 1, r == '\uFFFE', r == '\uFFFF':
		return "\uFFFD"
	}
	return raw
}
