package soap_test

import (
	"strings"
	"testing"

	"availproxy/ews/soap"
)

func TestFault(t *testing.T) {
	tests := map[string]struct {
		document          string
		code, text, actor string
		detail            bool
	}{
		"SOAP 1.1": {
			envelope(`<s:Fault><faultcode xmlns:a="urn:a">a:ErrorServerBusy</faultcode><faultstring xml:lang="en-US"> Busy. </faultstring><faultactor>urn:b</faultactor><detail/></s:Fault>`),
			"ErrorServerBusy", "Busy.", "urn:b", true,
		},
		"qualified children, as one Microsoft sample has them": {
			envelope(`<s:Fault><s:faultcode>s:Client</s:faultcode><s:faultstring>No.</s:faultstring></s:Fault>`),
			"Client", "No.", "", false,
		},
		"a code without prefix": {
			envelope(`<s:Fault><faultcode>Server</faultcode></s:Fault>`), "Server", "", "", false,
		},
		"SOAP 1.2 with nested codes": {
			strings.ReplaceAll(envelope(`<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>a:ErrorA</s:Value><s:Subcode><s:Value>a:ErrorB</s:Value></s:Subcode></s:Subcode></s:Code>`+
				`<s:Reason><s:Text>Why.</s:Text></s:Reason><s:Detail/></s:Fault>`), soap.Envelope11, soap.Envelope12),
			"ErrorB", "Why.", "", true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := soap.Read(strings.NewReader(tt.document), soap.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			f := m.Fault()
			if f == nil {
				t.Fatal("got no fault")
			}
			if f.Code != tt.code || f.Text != tt.text || f.Actor != tt.actor || (f.Detail != nil) != tt.detail {
				t.Errorf("got %+v, want %+v", *f, tt)
			}
		})
	}
}

func TestAnAnswerIsNoFault(t *testing.T) {
	m, err := soap.Read(strings.NewReader(envelope(`<Fault/>`)), soap.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if f := m.Fault(); f != nil {
		t.Errorf("got fault %+v of an element in no namespace", *f)
	}
}
