package ews

import (
	"errors"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
)

var errNoZone = errors.New("neither a TimeZone in the Body nor a TimeZoneContext in the Header")

// header is what the SOAP header of a request tells us. All of it is optional:
// Exchange 2007 sends no RequestServerVersion, and Outlook no header at all.
type header struct {
	version   string         // of RequestServerVersion
	zone      *etree.Element // TimeZoneDefinition of TimeZoneContext
	claimed   *SecurityContext
	proxyType string // "CrossSite", "CrossForest", "other", or ""
	messageID string // of WS-Addressing, as Outlook sends it
}

// leftUnread are the headers of the types namespace that callers may send and that
// mean nothing to us.
var leftUnread = map[string]bool{
	"ExchangeImpersonation": true, "ProxySecurityContext": true, "ProxyPartnerToken": true, "ProxySuggesterSid": true,
	"MailboxCulture": true, "DateTimePrecision": true, "ManagementRole": true, "OpenAsAdminOrSystemService": true, "SharingSecurity": true,
}

// The namespaces of WS-Addressing 1.0: Outlook's has a slash at its end.
const (
	nsAddressing      = "http://www.w3.org/2005/08/addressing"
	nsAddressingSlash = nsAddressing + "/"
)

// readHeader reads all that it knows. The error is that of the first header that
// must be understood and is not.
func readHeader(m *soap.Message) (h header, err error) {
	for _, e := range m.Header {
		switch ns := e.NamespaceURI(); {
		case ns == nsTypes && h.read(e), ns == nsTypes && leftUnread[e.Tag]:
		case ns == nsAddressing, ns == nsAddressingSlash:
			if e.Tag == "MessageID" {
				h.messageID = shortened(soap.Text(e))
			}
		case err == nil && m.MustUnderstand(e):
			err = notUnderstood(e)
		}
	}
	return h, err
}

// read takes one header of the types namespace and reports whether it is one
// that we read. The class of the proxy request has had three names: that of the
// 2007 SP1 WSDL, that of learn.microsoft.com requesttype, and the type of later
// schemas, which has the other name inside.
func (h *header) read(e *etree.Element) bool {
	switch e.Tag {
	case "RequestServerVersion":
		h.version = e.SelectAttrValue("Version", "")
	case "TimeZoneContext":
		h.zone = soap.Child(e, nsTypes, "TimeZoneDefinition")
	case "SerializedSecurityContext":
		before := h.claimed
		if h.claimed = readSecurityContext(e); before != nil {
			h.claimed.invalid = badAccessToken("there are several")
		}
	case "ProxyRequestTypeHeader", "RequestType":
		h.proxyType = proxyType(soap.Text(e))
	case "RequestTypeHeader":
		text, _ := soap.ChildText(e, nsTypes, "RequestType")
		h.proxyType = proxyType(text)
	default:
		return false
	}
	return true
}

func proxyType(text string) string {
	switch text {
	case "CrossSite":
		return "CrossSite"
	case "CrossForest":
		return "CrossForest"
	}
	return "other"
}

// shortened keeps a caller's word from flooding our logs.
func shortened[T string | []byte](word T) T {
	const most = 128
	if len(word) > most {
		return word[:most]
	}
	return word
}
