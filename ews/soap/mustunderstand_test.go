package soap_test

import (
	"strings"
	"testing"

	"availproxy/ews/soap"
)

func TestMustUnderstand(t *testing.T) {
	tests := map[string]struct {
		attributes string
		want       bool
	}{
		"nothing said":                   {``, false},
		"1":                              {`s:mustUnderstand="1"`, true},
		"true":                           {`s:mustUnderstand="true"`, true},
		"0":                              {`s:mustUnderstand="0"`, false},
		"in no namespace":                {`mustUnderstand="1"`, false},
		"in another namespace":           {`x:mustUnderstand="1" xmlns:x="urn:x"`, false},
		"for the next":                   {`s:mustUnderstand="1" s:actor="http://schemas.xmlsoap.org/soap/actor/next"`, true},
		"for somebody further on":        {`s:actor="urn:others" s:mustUnderstand="1"`, false},
		"an actor of another vocabulary": {`s:mustUnderstand="1" actor="urn:others"`, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			document := `<s:Envelope xmlns:s="` + soap.Envelope11 + `"><s:Header><h ` + tt.attributes + `/></s:Header><s:Body/></s:Envelope>`
			m, err := soap.Read(strings.NewReader(document), soap.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got := m.MustUnderstand(m.Header[0]); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
