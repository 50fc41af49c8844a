package soap_test

import (
	"strings"
	"testing"

	"availproxy/ews/soap"
)

func TestReferencesToCharactersThatXMLForbids(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"a control character":           {"CASEBR&#x1A;S", "CASEBR\ufffdS"},
		"in decimal":                    {"a&#16;b&#0;c", "a\ufffdb\ufffdc"},
		"half a pair":                   {"&#xD83D;&#xde00;", "\ufffd\ufffd"},
		"not a character":               {"&#xFFFE;", "\ufffd"},
		"beyond all characters":         {"&#x110000;&#4294967296;", "\ufffd\ufffd"},
		"characters that are allowed":   {"&#9;&#x41;&#228;&#x1F600;&#xFFFD;", "\tAä😀\ufffd"},
		"text that looks like one":      {"&amp;#x1A; & #1;", "&#x1A; & #1;"},
		"no references at all":          {"a", "a"},
		"an entity beside a bad number": {"&lt;&#1;&gt;", "<\ufffd>"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := soap.Read(strings.NewReader(envelope("<a>"+strings.Replace(tt.text, "& ", "&amp; ", 1)+"</a>")), soap.Limits{AnyReference: true})
			if err != nil {
				t.Fatal(err)
			}
			if got := soap.Text(m.Body); got != strings.TrimSpace(tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
