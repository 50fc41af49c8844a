package ews

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// TestFaults posts what cannot be answered and compares the answers, which
// carry a status, with testdata/faults.
func TestFaults(t *testing.T) {
	everybody := make([]string, 101)
	for i := range everybody {
		everybody[i] = fmt.Sprintf("user%d@contoso.com", i)
	}
	tests := map[string]string{
		"no body":                   "",
		"not well-formed":           ask().document()[:500],
		"a DOCTYPE":                 "<!DOCTYPE s:Envelope>" + ask().document()[len(`<?xml version="1.0" encoding="utf-8"?>`):],
		"too deep":                  ask().header(strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40)).document(),
		"more than 400 KB":          ask().element("Address", strings.Repeat("x", 410<<10)).document(),
		"more than 1 MiB":           ask().header("<!--" + strings.Repeat("x", 1<<20) + "-->").document(),
		"not SOAP":                  "<html><body>Hello</body></html>",
		"SOAP 1.2":                  ask().replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope").document(),
		"an empty Body":             `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>`,
		"another operation":         `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:GetFolder xmlns:m="` + nsMessages + `"/></s:Body></s:Envelope>`,
		"a namespace with https":    strings.ReplaceAll(ask().document(), nsMessages, strings.Replace(nsMessages, "http:", "https:", 1)),
		"no MailboxDataArray":       ask().without("MailboxDataArray").document(),
		"no mailbox":                ask().element("MailboxDataArray", "").document(),
		"101 mailboxes":             ask(everybody...).document(),
		"a mailbox without Email":   ask().element("MailboxData", "<t:AttendeeType>Required</t:AttendeeType>").document(),
		"no zone":                   ask().without("TimeZone").document(),
		"a zone 25 hours away":      ask().element("Bias", "1500").document(),
		"a zone that is no number":  ask().element("Bias", "UTC").document(),
		"a zone without a switch":   ask().without("DaylightTime").document(),
		"an unknown Windows zone":   ask().without("TimeZone").header(`<t:TimeZoneContext><t:TimeZoneDefinition Id="Gondor Standard Time"/></t:TimeZoneContext>`).document(),
		"a definition to nowhere":   ask().without("TimeZone").header(`<t:TimeZoneContext><t:TimeZoneDefinition Id="x"><t:Transitions/></t:TimeZoneDefinition></t:TimeZoneContext>`).document(),
		"no options":                ask().without("FreeBusyViewOptions").document(),
		"no TimeWindow":             ask().without("TimeWindow").document(),
		"no StartTime":              ask().without("StartTime").document(),
		"a window that is no time":  ask().window("yesterday", "2026-11-24T00:00:00").document(),
		"a window of no length":     ask().window("2026-11-23T00:00:00", "2026-11-23T00:00:00").document(),
		"a window that ends before": ask().window("2026-11-24T00:00:00", "2026-11-23T00:00:00").document(),
		"a window of 63 days":       ask().window("2026-11-23T00:00:00", "2027-01-25T00:00:00").document(),
		"a window of ages":          ask().window("0001-01-01T00:00:00", "9999-12-31T23:59:59").document(),
		"an interval of 4 minutes":  ask().element("MergedFreeBusyIntervalInMinutes", "4").document(),
		"an interval of 1441":       ask().element("MergedFreeBusyIntervalInMinutes", "1441").window("2026-11-23T00:00:00", "2026-11-30T00:00:00").document(),
		"a negative interval":       ask().element("MergedFreeBusyIntervalInMinutes", "-30").document(),
		"an endless interval":       ask().element("MergedFreeBusyIntervalInMinutes", "99999999999").document(),
		"an interval over window":   ask().element("MergedFreeBusyIntervalInMinutes", "61").window("2026-11-23T00:00:00", "2026-11-23T01:00:00").document(),
		"view None":                 ask().view("None").document(),
		"an unknown view":           ask().view("FreeBusy Everything").document(),
	}
	for name, document := range tests {
		t.Run(name, func(t *testing.T) {
			w := post(&Handler{Source: people{}, Log: quiet}, document)
			if w.Code != 500 || w.Header().Get("Content-Type") != "text/xml; charset=utf-8" {
				t.Errorf("got %d, %q", w.Code, w.Header().Get("Content-Type"))
			}
			golden(t, "faults/"+strings.ReplaceAll(name, " ", "-")+".golden", lines(w))
		})
	}
}

// lines breaks an answer behind every element, so that it can be read.
func lines(w *httptest.ResponseRecorder) []byte {
	return append(regexp.MustCompile(`></?[a-z]+[:>]`).ReplaceAllFunc(w.Body.Bytes(), func(b []byte) []byte {
		return append([]byte(">\n"), b[1:]...)
	}), '\n')
}
