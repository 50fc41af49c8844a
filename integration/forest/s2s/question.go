package s2s

import (
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// The namespaces of the service. They begin with http whatever its published
// pages say.
const (
	nsAutodiscover = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
	nsAddressing   = "http://www.w3.org/2005/08/addressing"
	nsSOAP         = "http://schemas.xmlsoap.org/soap/envelope/"
	nsInstance     = "http://www.w3.org/2001/XMLSchema-instance"
)

const userSettingsAction = nsAutodiscover + "/Autodiscover/GetUserSettings"

// question is a GetUserSettings request as far as it could be read.
type question struct {
	action, to, version, messageID string
	users, settings                []string
	behaviours                     map[string]Behaviour // of its users, once met

	status int    // of an answer without SOAP, when this is no SOAP message
	fault  string // code, when it is one and cannot be served
}

// read reads the question. A request without a body is an empty one, not worth
// an error before somebody has asked who is there.
func (a *Autodiscover) read(r *http.Request, body []byte, failed error) *question {
	q := &question{}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case failed != nil:
		q.status = http.StatusRequestEntityTooLarge
	case len(body) > 0 && (err != nil || kind != "text/xml"):
		q.status = http.StatusUnsupportedMediaType
	default:
		a.mu.Lock()
		anyOrder := a.AnyOrder
		a.mu.Unlock()
		q.parse(body, anyOrder)
	}
	if action := strings.Trim(r.Header.Get("SOAPAction"), `"`); action != "" && q.action != "" && action != q.action {
		q.fault = "ActionMismatch"
	}
	return q
}

// parse reads the envelope. What is no XML is 400, as in WCF; what is no SOAP
// or no such operation is a fault.
func (q *question) parse(body []byte, anyOrder bool) {
	root, err := parseXML(body)
	if err != nil {
		q.status = http.StatusBadRequest
		return
	}
	if !root.is(nsSOAP, "Envelope") {
		q.fault = "VersionMismatch"
		return
	}
	q.readHeader(root.child(nsSOAP, "Header"))
	message := root.child(nsSOAP, "Body").child(nsAutodiscover, "GetUserSettingsRequestMessage")
	switch {
	case q.fault != "":
	case q.action == "":
		q.fault = "MessageAddressingHeaderRequired"
	case q.action != userSettingsAction:
		q.fault = "ActionNotSupported"
	case message == nil:
		q.fault = "DeserializationFailed"
	default:
		q.readRequest(message.child(nsAutodiscover, "Request"), anyOrder)
	}
}

func (q *question) readHeader(header *node) {
	if header == nil {
		return
	}
	for _, h := range header.children {
		switch {
		case h.is(nsAddressing, "Action"):
			q.action = h.text
		case h.is(nsAddressing, "To"):
			q.to = h.text
		case h.is(nsAddressing, "MessageID"):
			q.messageID = h.text
		case h.is(nsAutodiscover, "RequestedServerVersion"):
			q.version = h.text
		case h.is(nsAddressing, "ReplyTo"):
		case h.mustUnderstand():
			q.fault = "MustUnderstand"
		}
	}
}

// readRequest reads users and settings. A data contract of WCF knows one order
// of elements and passes over those that come too late.
func (q *question) readRequest(request *node, anyOrder bool) {
	order := []string{"Users", "RequestedSettings", "RequestedVersion"}
	reached := 0
	for _, e := range request.elements() {
		place := slices.Index(order, e.name.Local)
		if e.name.Space != nsAutodiscover || place < 0 || place < reached && !anyOrder {
			continue
		}
		reached = place
		for _, item := range e.children {
			switch {
			case place == 0 && item.is(nsAutodiscover, "User"):
				q.users = append(q.users, item.child(nsAutodiscover, "Mailbox").content())
			case place == 1 && item.is(nsAutodiscover, "Setting"):
				q.settings = append(q.settings, item.text)
			}
		}
	}
}

// faultCode is the fault that the question deserves, if any.
func (q *question) faultCode(checkTo bool, r *http.Request) string {
	to, err := url.Parse(q.to)
	switch {
	case q.fault != "":
		return q.fault
	case checkTo && (err != nil || !strings.EqualFold(to.Host, r.Host) || !strings.EqualFold(to.Path, r.URL.Path)):
		return "DestinationUnreachable"
	}
	return ""
}

var serverVersion = regexp.MustCompile(`^Exchange20[0-9]{2}(_SP[0-9])?$`)

// valid reports whether the service can do what is asked; else the whole
// response says InvalidRequest.
func (q *question) valid(limit int) bool {
	if limit == 0 {
		limit = 90
	}
	return serverVersion.MatchString(q.version) && len(q.settings) > 0 && len(q.users) > 0 && len(q.users) <= limit
}
