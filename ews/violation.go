package ews

import (
	"fmt"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// violation is what is wrong with a document, and where. It is the Err of an
// ErrorSchemaValidation and, unlike other causes, safe to show: it tells the
// caller about its own words only.
type violation struct {
	text         string
	line, column int
}

// Error implements error.
func (v *violation) Error() string {
	return fmt.Sprintf("%s (line %d, position %d)", v.text, v.line, v.column)
}

// invalidValue says that the text of e is not of that XML Schema type, in the
// words of .NET.
func invalidValue(m *soap.Message, e *etree.Element, xsdType string) error {
	return violated(m, e, fmt.Sprintf("The '%s:%s' element is invalid - The value '%.100s' is invalid according to its datatype '%s'",
		e.NamespaceURI(), e.Tag, soap.Text(e), xsdType))
}

// incomplete says that e lacks a child, in the words of .NET.
func incomplete(m *soap.Message, e *etree.Element, namespace, name string) error {
	return violated(m, e, fmt.Sprintf("The element '%s' in namespace '%s' has incomplete content. List of possible elements expected: '%s' in namespace '%s'.",
		e.Tag, e.NamespaceURI(), name, namespace))
}

func violated(m *soap.Message, e *etree.Element, text string) error {
	line, column := m.Position(e)
	return &freebusy.Error{
		Code: freebusy.ErrorSchemaValidation,
		Text: "The request failed schema validation: " + text,
		Err:  &violation{text, line, column},
	}
}
