package soap

import "bytes"

// Form is how an element is written, all but one text in it. Lists have many
// entries of one form, and to compare bytes is far quicker than to read them.
type Form struct {
	start, elements    int // where it began, and how many elements were before it
	textStart, textEnd int
	varied             int    // how many texts Vary has seen
	before, after      []byte // what stands around the text
	size               int    // elements in it; 0 while it is not learnt
}

// Begin begins to learn the form of the next child of the innermost open element.
func (s *Scanner) Begin(f *Form) { *f = Form{start: s.at, elements: s.elements} }

// Vary is Text for the text that may be another one in elements of the form.
func (s *Scanner) Vary(f *Form) []byte {
	f.varied++
	if s.empty {
		f.varied++ // there is no room for another text
		return s.Text()
	}
	f.textStart = s.at
	text := s.Text()
	f.textEnd = f.textStart + bytes.IndexByte(s.data[f.textStart:], '<')
	return text
}

// Learn ends what Begin began, when that child has been left.
func (s *Scanner) Learn(f *Form) {
	if s.declined != "" || f.varied != 1 {
		f.size = 0
		return
	}
	f.before, f.after, f.size = s.data[f.start:f.textStart], s.data[f.textEnd:s.at], s.elements-f.elements
}

// Again passes the next child, if it is of that form, and returns its text. The
// form must have been learnt from a child of the same element: there the same
// bytes mean the same.
func (s *Scanner) Again(f *Form) (text []byte, ok bool) {
	if f.size == 0 || s.declined != "" || passes(s.elements+f.size, s.limits.Elements) {
		return nil, false
	}
	rest, ok := bytes.CutPrefix(s.data[s.at:], f.before)
	if !ok {
		return nil, false
	}
	n := bytes.IndexByte(rest, '<')
	if n < 0 || !bytes.HasPrefix(rest[n:], f.after) || !s.isPlain(rest[:n]) {
		return nil, false
	}
	s.at += len(f.before) + n + len(f.after)
	s.elements += f.size
	return rest[:n], true
}

// isPlain reports whether Text would return text as it is.
func (s *Scanner) isPlain(text []byte) bool {
	return len(bytes.TrimSpace(text)) == len(text) && (!s.traits.references || bytes.IndexByte(text, '&') < 0) &&
		(!s.traits.returns || bytes.IndexByte(text, '\r') < 0)
}
