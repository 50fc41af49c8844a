package soap

import "bytes"

// qualifiedName is where a name stands in the document. Without a prefix, colon
// is start.
type qualifiedName struct{ start, colon, local, end int }

// The bytes of names (Namespaces in XML 1.0 4), as far as they are ASCII.
const (
	nameStart = 1 + iota
	nameRest
)

var nameBytes = newNameBytes()

func newNameBytes() (class [256]byte) {
	for b := range 26 {
		class['a'+b], class['A'+b] = nameStart, nameStart
	}
	class['_'] = nameStart
	for _, b := range "0123456789.-" {
		class[b] = nameRest
	}
	return class
}

func (s *Scanner) qualifiedName(i int) qualifiedName {
	name := qualifiedName{start: i, colon: i, local: i, end: s.behindName(i)}
	if name.end < len(s.data) && s.data[name.end] == ':' {
		name.colon, name.local = name.end, name.end+1
		name.end = s.behindName(name.local)
	}
	return name
}

func (s *Scanner) behindName(i int) int {
	if i >= len(s.data) || nameBytes[s.data[i]] != nameStart {
		s.Decline(Markup)
		return min(i, len(s.data))
	}
	for i++; i < len(s.data) && nameBytes[s.data[i]] != 0; i++ {
	}
	return i
}

// binding binds a prefix, or none, to a namespace.
type binding struct {
	prefix []byte
	space  int
}

// bind declares a namespace for the innermost open element and what is in it. To
// take one back, or to touch the two that are built in, is left to others.
func (s *Scanner) bind(prefix, namespace []byte, escaped bool) {
	for _, b := range s.bindings[s.open[len(s.open)-1].bindings:] {
		if bytes.Equal(b.prefix, prefix) {
			s.Decline(Markup) // declared twice
		}
	}
	if escaped || len(namespace) == 0 || isReserved(prefix) || isBuiltIn(namespace) {
		s.Decline(Markup)
	}
	space := OtherNamespace
	for i, known := range s.namespaces {
		if string(namespace) == known {
			space = i
		}
	}
	s.bindings = append(s.bindings, binding{prefix, space})
}

// isReserved is for xml, xmlns and whatever else begins like them (Namespaces in
// XML 1.0 3).
func isReserved(prefix []byte) bool {
	return len(prefix) >= 3 && bytes.EqualFold(prefix[:3], []byte("xml"))
}

// isBuiltIn is for the namespaces of the prefixes xml and xmlns.
func isBuiltIn(namespace []byte) bool {
	return string(namespace) == "http://www.w3.org/XML/1998/namespace" || string(namespace) == "http://www.w3.org/2000/xmlns/"
}

// resolve declines a prefix that nobody has declared. No declaration has the
// reserved ones.
func (s *Scanner) resolve(prefix []byte) int {
	for i := len(s.bindings) - 1; i >= 0; i-- {
		if bytes.Equal(s.bindings[i].prefix, prefix) {
			return s.bindings[i].space
		}
	}
	if len(prefix) > 0 {
		s.Decline(Markup)
	}
	return NoNamespace
}
