package soap

import (
	"strings"

	"github.com/beevik/etree"
)

// Is reports whether e is the element of that namespace and name.
func Is(e *etree.Element, namespace, name string) bool {
	return e != nil && e.Tag == name && e.NamespaceURI() == namespace
}

// Child returns the first child of e with that namespace and name, or nil. A
// nil e has no children.
func Child(e *etree.Element, namespace, name string) *etree.Element {
	if e == nil {
		return nil
	}
	for _, c := range e.ChildElements() {
		if Is(c, namespace, name) {
			return c
		}
	}
	return nil
}

// Children returns all children of e with that namespace and name, in order.
func Children(e *etree.Element, namespace, name string) []*etree.Element {
	if e == nil {
		return nil
	}
	var found []*etree.Element
	for _, c := range e.ChildElements() {
		if Is(c, namespace, name) {
			found = append(found, c)
		}
	}
	return found
}

// Text returns all text directly in e, CDATA included and comments left out,
// without surrounding white space. A nil e has no text.
func Text(e *etree.Element) string {
	if e == nil {
		return ""
	}
	var text strings.Builder
	for _, token := range e.Child {
		if data, ok := token.(*etree.CharData); ok {
			text.WriteString(data.Data)
		}
	}
	return strings.TrimSpace(text.String())
}

// ChildText is the Text of the first such child of e, and whether there is one.
func ChildText(e *etree.Element, namespace, name string) (text string, found bool) {
	c := Child(e, namespace, name)
	return Text(c), c != nil
}
