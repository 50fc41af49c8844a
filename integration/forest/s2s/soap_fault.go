package s2s

import (
	"encoding/xml"
	"net/http"
)

// faultReply is a SOAP 1.1 fault. A code of WS-Security says what the real
// service says; those of WCF carry their own name as text, which is ours.
func faultReply(code string, s Shape) reply {
	space, text := "http://schemas.microsoft.com/ws/2005/05/addressing/none", code
	switch code {
	case "InvalidSecurity":
		space = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
		text = "An error occurred when verifying security for the message."
	case "MustUnderstand", "VersionMismatch":
		space = nsSOAP
	case "ActionNotSupported", "ActionMismatch", "DestinationUnreachable", "MessageAddressingHeaderRequired":
		space = nsAddressing
	}
	w := &writer{}
	w.WriteString(`<s:Envelope xmlns:s="` + nsSOAP + `"><s:Body><s:Fault><faultcode xmlns:f="` + space + `">f:`)
	xml.EscapeText(w, []byte(code))
	w.WriteString(`</faultcode><faultstring xml:lang="en-US">`)
	xml.EscapeText(w, []byte(text))
	w.WriteString("</faultstring></s:Fault></s:Body></s:Envelope>")
	return documentReply(http.StatusInternalServerError, w.String(), s)
}
