package soap

import (
	"bytes"
	"slices"
)

// Form is how an element is written, all but some texts in it. Lists have many
// entries of one form, and to compare bytes is far quicker than to read them.
//
// The zero Form is one that nothing has. A Form may be learnt again and again,
// and holds parts of the document that it was learnt from.
type Form struct {
	start, elements int      // where it began, and how many elements were before it
	varied          []extent // the texts that Vary has seen
	crowded         bool     // one of them has no room for another text

	pieces   [][]byte  // what stands around the texts
	texts    [][]byte  // those of the last that Again has passed
	size     int       // elements in it; 0 while it is not learnt
	depth    int       // of the element that it was learnt in
	bindings []binding // there
	kept     []byte    // what pieces and bindings are parts of instead of a document
}

// extent is where a text begins and ends.
type extent struct{ start, end int }

// Begin begins to learn the form of the next child of the innermost open element.
func (s *Scanner) Begin(f *Form) {
	*f = Form{
		start: s.at, elements: s.elements, depth: len(s.open),
		varied: f.varied[:0], pieces: f.pieces[:0], texts: f.texts[:0], bindings: append(f.bindings[:0], s.bindings...), kept: f.kept[:0],
	}
}

// Vary is Text for a text that may be another one in elements of the form.
func (s *Scanner) Vary(f *Form) []byte {
	if s.empty {
		f.crowded = true
		return s.Text()
	}
	start := s.at
	text := s.Text()
	f.varied = append(f.varied, extent{start, start + bytes.IndexByte(s.data[start:], '<')})
	return text
}

// Learn ends what Begin began, when that child has been left. It reports whether
// there is a form now.
func (s *Scanner) Learn(f *Form) bool {
	if s.declined != "" || f.crowded {
		return false
	}
	from := f.start
	for _, text := range f.varied {
		f.pieces = append(f.pieces, s.data[from:text.start])
		from = text.end
	}
	f.pieces = append(f.pieces, s.data[from:s.at])
	f.size = s.elements - f.elements
	return true
}

// Keep lets a form that has been learnt outlive its document, unless it is longer
// than most bytes; then there is no form any more.
func (f *Form) Keep(most int) bool {
	size := 0
	for _, piece := range f.pieces {
		size += len(piece)
	}
	for _, b := range f.bindings {
		size += len(b.prefix)
	}
	if size > most {
		f.size = 0
		return false
	}
	f.kept = slices.Grow(f.kept[:0], size)
	for i, piece := range f.pieces {
		f.pieces[i] = f.copied(piece)
	}
	for i := range f.bindings {
		f.bindings[i].prefix = f.copied(f.bindings[i].prefix)
	}
	return true
}

// copied is a copy of part in kept, which has room for it.
func (f *Form) copied(part []byte) []byte {
	before := len(f.kept)
	f.kept = append(f.kept, part...)
	return f.kept[before:]
}

// Resume makes ready a form that was learnt from a child of another element of
// the document, or of an earlier document if it has been kept. It forgets the form
// if the same bytes might mean something else here.
func (s *Scanner) Resume(f *Form) {
	same := func(a, b binding) bool { return a.space == b.space && bytes.Equal(a.prefix, b.prefix) }
	if f.depth != len(s.open) || !slices.EqualFunc(f.bindings, s.bindings, same) {
		f.size = 0
	}
}

// Again passes the next child, if it is of that form, and returns what its texts
// are, in the order of Vary and until Again is called with f again. The form must
// have been learnt from a child of the same element, or be resumed.
func (s *Scanner) Again(f *Form) (texts [][]byte, ok bool) {
	if f.size == 0 || s.declined != "" || s.empty || passes(s.elements+f.size, s.limits.Elements) {
		return nil, false
	}
	at := s.at
	f.texts = f.texts[:0]
	for i, piece := range f.pieces {
		if !bytes.HasPrefix(s.data[at:], piece) {
			return nil, false
		}
		at += len(piece)
		if i == len(f.varied) {
			break
		}
		n := bytes.IndexByte(s.data[at:], '<')
		if n < 0 || !s.isPlain(s.data[at:at+n]) {
			return nil, false
		}
		f.texts = append(f.texts, s.data[at:at+n])
		at += n
	}
	s.at = at
	s.elements += f.size
	return f.texts, true
}

// isPlain reports whether Text would return text as it is.
func (s *Scanner) isPlain(text []byte) bool {
	return len(bytes.TrimSpace(text)) == len(text) && (!s.traits.references || bytes.IndexByte(text, '&') < 0) &&
		(!s.traits.returns || bytes.IndexByte(text, '\r') < 0)
}
