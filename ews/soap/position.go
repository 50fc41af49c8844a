package soap

import (
	"bytes"
	"encoding/xml"

	"github.com/beevik/etree"
)

// Position tells where the tag of e stands in the document that m was read
// from: line and column, both from 1, the column in bytes. It reads the
// document once more and is meant for errors. For an element of another
// document it is 0, 0.
func (m *Message) Position(e *etree.Element) (line, column int) {
	before, found := ordinal(m.root, e)
	if !found {
		return 0, 0
	}
	d := xml.NewDecoder(bytes.NewReader(m.data))
	for {
		line, column = d.InputPos()
		token, err := d.RawToken()
		if err != nil {
			return 0, 0
		}
		if _, ok := token.(xml.StartElement); !ok {
			continue
		}
		if before == 0 {
			return line, column
		}
		before--
	}
}

// ordinal counts the elements that begin before e in the tree of root.
func ordinal(root, e *etree.Element) (before int, found bool) {
	if root == e {
		return 0, true
	}
	before = 1
	for _, c := range root.ChildElements() {
		n, found := ordinal(c, e)
		before += n
		if found {
			return before, true
		}
	}
	return before, false
}
