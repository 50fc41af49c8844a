package ews

import (
	"github.com/beevik/etree"

	"availproxy/ews/soap"
)

// optionalBool reads the child of parent in the types namespace as an
// xs:boolean, which exchangelib writes as a digit. It gives absent where there
// is no such child, or an empty one.
func optionalBool(m *soap.Message, parent *etree.Element, name string, absent bool) (bool, error) {
	e := soap.Child(parent, nsTypes, name)
	switch soap.Text(e) {
	case "":
		return absent, nil
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, invalidValue(m, e, "http://www.w3.org/2001/XMLSchema:boolean")
}
