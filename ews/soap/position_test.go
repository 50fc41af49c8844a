package soap_test

import (
	"strings"
	"testing"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
)

func TestPosition(t *testing.T) {
	m, err := soap.Read(strings.NewReader("<?xml version='1.0'?>\n"+envelope("\n  <question>\n<a/><a> <b/></a></question>")), soap.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		element      *etree.Element
		line, column int
	}{
		"the Body's child":           {m.Body, 3, 3},
		"the first of two children":  {m.Body.ChildElements()[0], 4, 1},
		"the second of two children": {m.Body.ChildElements()[1], 4, 5},
		"a grandchild":               {m.Body.FindElement("a/b"), 4, 9},
		"the root":                   {m.Body.Parent().Parent(), 2, 1},
		"an element from elsewhere":  {etree.NewElement("b"), 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if line, column := m.Position(tt.element); line != tt.line || column != tt.column {
				t.Errorf("got line %d, column %d, want %d, %d", line, column, tt.line, tt.column)
			}
		})
	}
}
