package soap

import "bytes"

// Scanner reads the elements of a document in one pass over its bytes, without
// a tree and without memory of its own, as long as the document is plain: UTF-8
// with only the markup that programs write, which is elements, attributes and
// the five references of XML. It knows less than [Parse] on purpose. Whatever it
// takes is well-formed, with all namespaces declared, within the limits, and Parse
// reads it alike; about whatever it declines Parse has to decide, from the same bytes.
//
// An element is entered by Child and left by one of these: Child having reported
// false, Text, Written, or Skip. Once the Scanner has declined, they all report that
// nothing is there, so that it is enough to ask Declined at the end.
//
// The zero Scanner is ready for Start, and may be started again and again. What
// it gives are parts of the document, to be copied where they are kept.
type Scanner struct {
	// Of the element that Child entered last:
	Space      int    // which of the namespaces it is in, or NoNamespace or OtherNamespace
	Local      []byte // its local name
	Attributes []Attribute

	data       []byte
	at         int // what comes next in data
	namespaces []string
	limits     Limits
	open       []openElement // from the root on
	bindings   []binding     // of prefixes, innermost last
	empty      bool          // the innermost open element is an empty-element tag
	elements   int           // so far
	traits     traits
	declined   Reason
}

// Namespaces that are not among those that a Scanner was told of.
const (
	NoNamespace    = -1
	OtherNamespace = -2
)

// Attribute is an attribute that is no namespace declaration.
type Attribute struct {
	Space   int // as in Scanner
	Local   []byte
	Value   []byte // as it is written
	Escaped bool   // Value has references in it

	prefix []byte
}

// Reason says why a document was declined.
type Reason string

// The reasons of the Scanner itself.
const (
	Encoding Reason = "encoding" // not declared as UTF-8, or something other
	Markup   Reason = "markup"   // what few programs write, or what is not well-formed
	Mixed    Reason = "mixed"    // text beside elements, or elements where a text belongs
	Size     Reason = "size"     // more than the limits allow
)

type openElement struct {
	name     []byte // with its prefix
	bindings int    // how many there were outside of it
}

// Start begins with a document. namespaces are those that its elements are told
// apart by. Limits.Body is left to the caller, see Offset.
func (s *Scanner) Start(document []byte, namespaces []string, l Limits) {
	*s = Scanner{
		data: bytes.TrimPrefix(document, byteOrderMark), namespaces: namespaces, limits: l,
		open: s.open[:0], bindings: s.bindings[:0], Attributes: s.Attributes[:0],
	}
	if passes(int64(len(document)), l.Bytes) {
		s.Decline(Size)
	}
	s.look()
	s.declaration()
}

// Decline gives the document up. Only the first reason counts.
func (s *Scanner) Decline(why Reason) {
	if s.declined == "" {
		s.declined = why
	}
}

// Declined is why the document was given up, or "".
func (s *Scanner) Declined() Reason { return s.declined }

// Offset is how many bytes behind the byte order mark the next token begins.
func (s *Scanner) Offset() int { return s.at }

// Child enters the next child of the innermost open element, or the root. Where
// there is none it leaves that element and reports false.
func (s *Scanner) Child() bool {
	if s.declined != "" {
		return false
	}
	if s.empty {
		s.leave()
		return false
	}
	s.at = s.behindSpace(s.at)
	if s.at == len(s.data) || s.data[s.at] != '<' {
		s.Decline(Mixed)
		return false
	}
	return s.tag()
}

// Leaf reports whether the innermost open element holds nothing but text, if
// that.
func (s *Scanner) Leaf() bool {
	n := bytes.IndexByte(s.data[s.at:], '<')
	return s.empty || n >= 0 && bytes.HasPrefix(s.data[s.at+n:], []byte("</"))
}

// Text leaves the innermost open element and returns its text without
// surrounding white space, as [Text] does. It declines one with references.
func (s *Scanner) Text() []byte {
	text := s.text()
	if s.traits.references && bytes.IndexByte(text, '&') >= 0 {
		s.Decline(Markup)
		return nil
	}
	return text
}

// Written is Text for what people have written, with the references of XML 1.0
// 4.6 resolved.
func (s *Scanner) Written() string {
	text := s.text()
	if !s.traits.references || bytes.IndexByte(text, '&') < 0 {
		return string(text)
	}
	if !knownReferences(text) {
		s.Decline(Markup)
		return ""
	}
	return references.Replace(string(text))
}

func (s *Scanner) text() []byte {
	if s.declined != "" {
		return nil
	}
	if s.empty {
		s.leave()
		return nil
	}
	text := bytes.TrimSpace(s.characters())
	if s.traits.returns && bytes.IndexByte(text, '\r') >= 0 {
		s.Decline(Markup)
	}
	if s.declined == "" && s.tag() {
		s.Decline(Mixed)
	}
	if s.declined != "" {
		return nil
	}
	return text
}

// Skip leaves the innermost open element with everything in it.
func (s *Scanner) Skip() {
	for outside := len(s.open) - 1; len(s.open) > outside && s.declined == ""; {
		if s.empty {
			s.leave()
			continue
		}
		if text := s.characters(); s.traits.references && !knownReferences(text) {
			s.Decline(Markup)
		}
		if s.declined == "" {
			s.tag()
		}
	}
}

// End declines unless the root has been left and nothing comes behind it.
func (s *Scanner) End() {
	if s.declined == "" && (len(s.open) > 0 || s.behindSpace(s.at) < len(s.data)) {
		s.Decline(Markup)
	}
}

// characters passes what stands before the next tag.
func (s *Scanner) characters() []byte {
	n := bytes.IndexByte(s.data[s.at:], '<')
	if n < 0 {
		s.Decline(Markup)
		return nil
	}
	s.at += n
	return s.data[s.at-n : s.at]
}

func (s *Scanner) behindSpace(i int) int {
	for i < len(s.data) && isSpace(s.data[i]) {
		i++
	}
	return i
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\r' || b == '\t' }
