package soap

import "bytes"

// tag reads the tag that comes next and reports whether it has entered an
// element; else it has left one.
func (s *Scanner) tag() (entered bool) {
	if s.at+1 < len(s.data) && s.data[s.at+1] == '/' {
		s.endTag()
		return false
	}
	return s.startTag()
}

// endTag wants the name as the start tag has it (XML 1.0 3, GI in the end-tag).
func (s *Scanner) endTag() {
	if len(s.open) == 0 {
		s.Decline(Markup)
		return
	}
	name := s.open[len(s.open)-1].name
	if !bytes.HasPrefix(s.data[s.at+len("</"):], name) {
		s.Decline(Markup)
		return
	}
	end := s.behindSpace(s.at + len("</") + len(name))
	if end == len(s.data) || s.data[end] != '>' {
		s.Decline(Markup)
		return
	}
	s.at = end + 1
	s.leave()
}

func (s *Scanner) leave() {
	s.empty = false
	last := len(s.open) - 1
	s.bindings = s.bindings[:s.open[last].bindings]
	s.open = s.open[:last]
}

func (s *Scanner) startTag() bool {
	name := s.qualifiedName(s.at + 1)
	s.open = append(s.open, openElement{s.data[name.start:name.end], len(s.bindings)})
	s.elements++
	s.Attributes = s.Attributes[:0]
	if name.end < len(s.data) && s.data[name.end] == '>' {
		s.at = name.end + 1
	} else {
		s.attributes(name.end)
	}
	if attributes := len(s.Attributes) + len(s.bindings) - s.open[len(s.open)-1].bindings; passes(len(s.open), s.limits.Depth) ||
		passes(s.elements, s.limits.Elements) || passes(attributes, s.limits.Attributes) {
		s.Decline(Size)
	}
	s.Space, s.Local = s.resolve(s.data[name.start:name.colon]), s.data[name.local:name.end]
	return s.declined == ""
}

// attributes reads what stands between the name of an element and the end of
// its start tag, each attribute behind white space (XML 1.0 3.1).
func (s *Scanner) attributes(i int) {
	for s.declined == "" {
		next := s.behindSpace(i)
		rest := s.data[next:]
		switch {
		case len(rest) > 0 && rest[0] == '>':
			s.at = next + 1
			s.distinct()
			return
		case len(rest) > 1 && rest[0] == '/' && rest[1] == '>':
			s.at, s.empty = next+2, true
			s.distinct()
			return
		case next == i:
			s.Decline(Markup)
			return
		}
		i = s.attribute(next)
	}
}

// attribute reads one and returns what comes behind it.
func (s *Scanner) attribute(i int) int {
	name := s.qualifiedName(i)
	i = s.behindSpace(name.end)
	if s.declined != "" || i == len(s.data) || s.data[i] != '=' {
		s.Decline(Markup)
		return i
	}
	value, escaped, i := s.quoted(s.behindSpace(i + 1))
	prefix, local := s.data[name.start:name.colon], s.data[name.local:name.end]
	switch {
	case s.declined != "":
	case string(prefix) == "xmlns":
		s.bind(local, value, escaped)
	case len(prefix) == 0 && string(local) == "xmlns":
		s.bind(nil, value, escaped)
	default:
		s.Attributes = append(s.Attributes, Attribute{prefix: prefix, Local: local, Value: value, Escaped: escaped})
	}
	return i
}

// quoted reads the value of an attribute. White space other than blanks is left
// to those who normalize it (XML 1.0 3.3.3).
func (s *Scanner) quoted(i int) (value []byte, escaped bool, end int) {
	if i == len(s.data) || s.data[i] != '"' && s.data[i] != '\'' {
		s.Decline(Markup)
		return nil, false, i
	}
	quote, start := s.data[i], i+1
	for i = start; i < len(s.data) && s.data[i] >= ' ' && s.data[i] != '<'; i++ {
		switch s.data[i] {
		case quote:
			value = s.data[start:i]
			if escaped && !knownReferences(value) {
				s.Decline(Markup)
			}
			return value, escaped, i + 1
		case '&':
			escaped = true
		}
	}
	s.Decline(Markup)
	return nil, false, i
}

// distinct resolves the prefixes of the attributes, and wants all their local
// names to differ: that is more than XML 1.0 3.1 and Namespaces 6.3 want.
func (s *Scanner) distinct() {
	for i := range s.Attributes {
		a := &s.Attributes[i]
		a.Space = NoNamespace
		if len(a.prefix) > 0 {
			a.Space = s.resolve(a.prefix)
		}
		for _, other := range s.Attributes[:i] {
			if bytes.Equal(other.Local, a.Local) {
				s.Decline(Markup)
			}
		}
	}
}
