package s2s

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
)

// node is an element of a small document. A nil node has nothing in it.
type node struct {
	name     xml.Name
	attrs    []xml.Attr
	children []*node
	raw      []byte
	text     string // raw without surrounding white space, once the element has ended
}

// Bounds of a document.
const (
	mostDepth = 32
	mostNodes = 50_000
)

var errDocument = errors.New("s2s: not a well-formed document within bounds")

// parseXML reads a document whole, in UTF-8 with or without byte order mark and
// declaration, and refuses any DOCTYPE.
func parseXML(data []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	top := &node{}
	open := []*node{top}
	for nodes := 0; ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, errDocument
		}
		here := open[len(open)-1]
		switch token := token.(type) {
		case xml.Directive:
			return nil, errDocument
		case xml.StartElement:
			if nodes++; nodes > mostNodes || len(open) > mostDepth {
				return nil, errDocument
			}
			e := &node{name: token.Name, attrs: token.Attr}
			here.children = append(here.children, e)
			open = append(open, e)
		case xml.EndElement:
			here.text = string(bytes.TrimSpace(here.raw))
			open = open[:len(open)-1]
		case xml.CharData:
			here.raw = append(here.raw, token...)
		}
	}
	if len(top.children) != 1 || len(bytes.TrimSpace(top.raw)) > 0 {
		return nil, errDocument
	}
	return top.children[0], nil
}

func (n *node) is(space, local string) bool {
	return n != nil && n.name == xml.Name{Space: space, Local: local}
}

func (n *node) elements() []*node {
	if n == nil {
		return nil
	}
	return n.children
}

func (n *node) child(space, local string) *node {
	for _, c := range n.elements() {
		if c.is(space, local) {
			return c
		}
	}
	return nil
}

func (n *node) content() string {
	if n == nil {
		return ""
	}
	return n.text
}

// mustUnderstand reads the attribute of a SOAP 1.1 header (section 4.2.3).
func (n *node) mustUnderstand() bool {
	for _, a := range n.attrs {
		if a.Name == (xml.Name{Space: nsSOAP, Local: "mustUnderstand"}) {
			return a.Value == "1" || a.Value == "true"
		}
	}
	return false
}
