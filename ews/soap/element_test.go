package soap_test

import (
	"strings"
	"testing"

	"availproxy/ews/soap"
)

func TestElementsAreFoundByNamespace(t *testing.T) {
	m, err := soap.Read(strings.NewReader(envelope(
		`<q xmlns="urn:q" xmlns:x="urn:x"><a>1</a><x:a>2</x:a><y xmlns="urn:x"><a>3</a></y><x:a xmlns:x="urn:q">4</x:a></q>`)), soap.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		namespace, name string
		want            string // texts of all, in order
	}{
		"the default namespace and a prefix bound to it": {"urn:q", "a", "1 4"},
		"a prefix":                       {"urn:x", "a", "2"},
		"a default namespace of its own": {"urn:x", "y", ""},
		"no such name":                   {"urn:q", "b", ""},
		"no such namespace":              {"", "a", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var texts []string
			for _, e := range soap.Children(m.Body, tt.namespace, tt.name) {
				texts = append(texts, soap.Text(e))
			}
			if got := strings.Join(texts, " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTextLeavesCommentsOutAndKeepsCDATA(t *testing.T) {
	m, err := soap.Read(strings.NewReader(envelope("<a>\n one<!-- two --> <![CDATA[<three>]]> &amp; <b>four</b> five </a>")), soap.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := soap.Text(m.Body), "one <three> &  five"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNothingHasNothing(t *testing.T) {
	if text, found := soap.ChildText(nil, "", "a"); text != "" || found || soap.Children(nil, "", "a") != nil || soap.Is(nil, "", "") {
		t.Errorf("a nil element has text %q, found %t", text, found)
	}
}
