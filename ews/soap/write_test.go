package soap_test

import (
	"bytes"
	"testing"

	"availproxy/ews/soap"
)

func TestEnvelope(t *testing.T) {
	tests := map[string]struct {
		header bool
		text   string
		want   string
	}{
		"with a header":                                      {true, "a", `<s:Header></s:Header><s:Body><p:q>a</p:q></s:Body>`},
		"without one":                                        {false, "a", `<s:Body><p:q>a</p:q></s:Body>`},
		"markup in a text is escaped":                        {false, `<&">`, `<s:Body><p:q>&lt;&amp;&quot;&gt;</p:q></s:Body>`},
		"what XML forbids is replaced, one for each":         {false, "a\x00b\x1f\xffc\ufffed", "<s:Body><p:q>a\ufffdb\ufffd\ufffdc\ufffdd</p:q></s:Body>"},
		"tabs, line feeds and characters beyond are allowed": {false, "\t\n\u00e9\U0001F600", "<s:Body><p:q>\t\n\u00e9\U0001F600</p:q></s:Body>"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			doc, header, body := soap.NewEnvelope(tt.header, soap.Prefix{Name: "p", Namespace: "urn:p"})
			soap.AddText(body, "p:q", tt.text)
			want := `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="` + soap.Envelope11 + `" xmlns:p="urn:p">` + tt.want + `</s:Envelope>`
			if got := string(soap.Bytes(doc)); got != want || (header != nil) != tt.header {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestWhatIsWrittenCanBeRead(t *testing.T) {
	doc, _, body := soap.NewEnvelope(true, soap.Prefix{Name: "p", Namespace: "urn:p"})
	soap.AddText(body, "p:q", "\x01<&\r\n")
	m, err := soap.Read(bytes.NewReader(soap.Bytes(doc)), soap.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if !soap.Is(m.Body, "urn:p", "q") || soap.Text(m.Body) != "\ufffd<&" {
		t.Errorf("got %q in %v", soap.Text(m.Body), m.Body)
	}
}
