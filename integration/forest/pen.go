package forest

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// pen writes XML in one line. A tag is a name with its attributes, ready to
// stand between angle brackets.
type pen struct{ buf bytes.Buffer }

func (p *pen) open(tag string) { p.buf.WriteString("<" + tag + ">") }

func (p *pen) close(names ...string) {
	for _, name := range names {
		p.buf.WriteString("</" + name + ">")
	}
}

func (p *pen) leaf(tag, text string) {
	p.open(tag)
	xml.EscapeText(&p.buf, []byte(text)) // a bytes.Buffer does not fail
	name, _, _ := strings.Cut(tag, " ")
	p.close(name)
}

func (p *pen) empty(tag string) { p.buf.WriteString("<" + tag + "/>") }

// bytes is the document with its XML declaration.
func (p *pen) bytes() []byte {
	return append([]byte(`<?xml version="1.0" encoding="utf-8"?>`), p.buf.Bytes()...)
}
