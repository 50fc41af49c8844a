package ews

import (
	"strconv"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
)

// requiredInt reads the child of parent in the types namespace as an xs:int.
func requiredInt(m *soap.Message, parent *etree.Element, name string) (int, error) {
	if soap.Child(parent, nsTypes, name) == nil {
		return 0, incomplete(m, parent, nsTypes, name)
	}
	return optionalInt(m, parent, name, 0)
}

// optionalInt is like requiredInt and gives absent where there is no such
// child, or an empty one, as some clients write what they have no value for.
func optionalInt(m *soap.Message, parent *etree.Element, name string, absent int) (int, error) {
	e := soap.Child(parent, nsTypes, name)
	text := soap.Text(e)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, invalidValue(m, e, "http://www.w3.org/2001/XMLSchema:int")
	}
	return int(n), nil
}
