package soap

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
)

// Limits bound what Read accepts. A zero number is no limit.
type Limits struct {
	Bytes      int64 // of the whole document
	Body       int64 // bytes between the tags of the Body
	Depth      int   // of nested elements
	Elements   int   // in the whole document
	Attributes int   // of one element, namespace declarations included

	AnyReference bool // takes references to characters that XML forbids for U+FFFD
}

// check walks the tokens once before a tree is built of them, so that a hostile
// document costs no more than its own bytes.
func check(data []byte, l Limits) error {
	w := walk{limits: l, decoder: xml.NewDecoder(bytes.NewReader(data))}
	for {
		token, err := w.decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		if err := w.pass(token); err != nil {
			line, column := w.decoder.InputPos()
			return fmt.Errorf("%w (line %d, column %d)", err, line, column)
		}
	}
	if w.roots != 1 {
		return fmt.Errorf("%w: %d root elements", ErrMalformed, w.roots)
	}
	return nil
}

type walk struct {
	limits  Limits
	decoder *xml.Decoder

	depth, elements, roots int
	body                   int64 // offset at which the Body begins
}

func (w *walk) pass(token xml.Token) error {
	switch token := token.(type) {
	case xml.Directive:
		return ErrDoctype
	case xml.StartElement:
		return w.open(token)
	case xml.EndElement:
		return w.close(token)
	case xml.CharData:
		if w.depth == 0 && len(bytes.TrimSpace(token)) > 0 {
			return fmt.Errorf("%w: text outside the root element", ErrMalformed)
		}
	}
	return nil
}

func (w *walk) open(e xml.StartElement) error {
	if w.depth == 0 {
		w.roots++
	}
	if w.depth == 1 && isBody(e.Name) {
		w.body = w.decoder.InputOffset()
	}
	w.depth++
	w.elements++
	if passes(w.depth, w.limits.Depth) || passes(w.elements, w.limits.Elements) || passes(len(e.Attr), w.limits.Attributes) {
		return ErrTooDeep
	}
	return nil
}

func (w *walk) close(e xml.EndElement) error {
	w.depth--
	if w.depth == 1 && isBody(e.Name) && passes(w.decoder.InputOffset()-w.body, w.limits.Body) {
		return ErrTooBig
	}
	return nil
}

func isBody(name xml.Name) bool {
	return name.Local == "Body" && (name.Space == Envelope11 || name.Space == Envelope12)
}

func passes[T int | int64](n, limit T) bool { return limit > 0 && n > limit }
