package soap

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// traits are what is known of a document before it is read.
type traits struct {
	references bool // there is an ampersand
	returns    bool // there is a carriage return, which XML 1.0 2.11 makes a line feed
}

// look sees to it that the document has no character that XML 1.0 2.2 forbids,
// and nothing that a text must not hold, so that this has not to be asked of each text.
func (s *Scanner) look() {
	const (
		eachByte = 0x0101010101010101
		highBit  = eachByte * 0x80
	)
	d, beyondASCII := s.data, uint64(0)
	for len(d) >= 8 {
		word := binary.LittleEndian.Uint64(d)
		beyondASCII |= word & highBit
		if (word-eachByte*' ')&^word&highBit != 0 { // one of the bytes is less than a blank
			s.controls(d[:8])
		}
		d = d[8:]
	}
	s.controls(d)
	for _, b := range d {
		beyondASCII |= uint64(b) & highBit
	}
	if beyondASCII != 0 && !isText(s.data) {
		s.Decline(Encoding)
	}
	if bytes.Contains(s.data, []byte("]]>")) { // XML 1.0 2.4
		s.Decline(Markup)
	}
	s.traits.references = bytes.IndexByte(s.data, '&') >= 0
}

func (s *Scanner) controls(d []byte) {
	for _, b := range d {
		switch {
		case b == '\r':
			s.traits.returns = true
		case b < ' ' && b != '\t' && b != '\n':
			s.Decline(Markup)
		}
	}
}

// isText is for a document beyond ASCII. Of what UTF-8 can say, XML forbids
// U+FFFE and U+FFFF.
func isText(d []byte) bool {
	return utf8.Valid(d) && !bytes.Contains(d, []byte("\uFFFE")) && !bytes.Contains(d, []byte("\uFFFF"))
}

// knownReferences reports whether text refers to nothing but the characters of
// XML 1.0 4.6.
func knownReferences(text []byte) bool {
	for {
		_, rest, found := bytes.Cut(text, []byte("&"))
		if !found {
			return true
		}
		name, rest, found := bytes.Cut(rest, []byte(";"))
		if !found {
			return false
		}
		switch string(name) {
		case "amp", "lt", "gt", "quot", "apos":
		default:
			return false
		}
		text = rest
	}
}

var references = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'")

// declaration passes the XML declaration (XML 1.0 2.8), if there is one.
func (s *Scanner) declaration() {
	const opening, closing = "<?xml", "?>"
	if s.declined != "" || !bytes.HasPrefix(s.data, []byte(opening)) {
		return
	}
	s.at = len(opening)
	s.pseudoAttribute("version", true, "1.0")
	s.pseudoAttribute("encoding", false, "utf-8")
	s.pseudoAttribute("standalone", false, "yes", "no")
	s.at = s.behindSpace(s.at)
	if !bytes.HasPrefix(s.data[s.at:], []byte(closing)) {
		s.Decline(Encoding)
		return
	}
	s.at += len(closing)
}

// pseudoAttribute passes a part of the declaration if it comes next.
func (s *Scanner) pseudoAttribute(name string, required bool, allowed ...string) {
	i := s.behindSpace(s.at)
	if i == s.at || !bytes.HasPrefix(s.data[i:], []byte(name)) {
		if required {
			s.Decline(Encoding)
		}
		return
	}
	i = s.behindSpace(i + len(name))
	if i == len(s.data) || s.data[i] != '=' {
		s.Decline(Encoding)
		return
	}
	value, _, end := s.quoted(s.behindSpace(i + 1))
	for _, one := range allowed {
		if bytes.EqualFold(value, []byte(one)) {
			s.at = end
			return
		}
	}
	s.Decline(Encoding)
}
