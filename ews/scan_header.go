package ews

import (
	"github.com/beevik/etree"

	"availproxy/ews/soap"
)

const (
	hasVersion fields = 1 << iota
	hasZoneContext
	hasSecurityContext
	hasProxyType
	hasMessageID
)

// header reads what [readHeader] reads.
func (r *scan) header() {
	var has fields
	for r.Child() {
		switch r.Space {
		case spaceTypes:
			r.typesHeader(&has)
		case spaceAddressing, spaceAddressingSlash:
			r.addressing(&has)
		default:
			r.Decline(otherHeader)
		}
	}
}

func (r *scan) addressing(has *fields) {
	if string(r.Local) != "MessageID" {
		r.Skip()
		return
	}
	r.once(has, hasMessageID)
	r.caller.header.messageID = string(shortened(r.Text()))
}

func (r *scan) typesHeader(has *fields) {
	h := &r.caller.header
	switch string(r.Local) {
	case "RequestServerVersion":
		r.once(has, hasVersion)
		h.version = r.last.serverVersion(r.headerAttribute("Version"))
		r.Skip()
		if _, known := generationOfVersion(h.version); !known {
			r.Decline(otherValue)
		}
	case "TimeZoneContext":
		r.once(has, hasZoneContext)
		r.headerAttribute("")
		r.timeZoneContext()
	case "SerializedSecurityContext":
		r.once(has, hasSecurityContext)
		r.headerAttribute("")
		r.securityContext()
	case "ProxyRequestTypeHeader", "RequestType":
		r.once(has, hasProxyType)
		r.headerAttribute("")
		h.proxyType = proxyType(string(r.Text()))
	case "RequestTypeHeader":
		r.once(has, hasProxyType)
		r.headerAttribute("")
		r.requestTypeHeader()
	default:
		if !leftUnread[string(r.Local)] {
			r.Decline(otherHeader)
		}
		r.Skip()
	}
}

// headerAttribute returns the attribute of that name. Others than that one are
// those of SOAP 1.1 4.2, which say nothing about a header that is understood.
func (r *scan) headerAttribute(own string) (value []byte) {
	for _, a := range r.Attributes {
		switch {
		case a.Space == soap.NoNamespace && string(a.Local) == own && !a.Escaped:
			value = a.Value
		case a.Space != spaceEnvelope || string(a.Local) != "mustUnderstand" && string(a.Local) != "actor":
			r.Decline(otherHeader)
		}
	}
	return value
}

func (r *scan) requestTypeHeader() {
	var has fields
	r.caller.header.proxyType = proxyType("")
	for r.typed() {
		if string(r.Local) != "RequestType" {
			r.Decline(otherElement)
		}
		r.once(&has, hasProxyType)
		r.caller.header.proxyType = proxyType(string(r.Text()))
	}
}

// timeZoneContext finds the name of the zone, or all that is said about it. It
// matters only to those who have no TimeZone in the body.
func (r *scan) timeZoneContext() {
	var has fields
	for r.Child() {
		if r.Space != spaceTypes || string(r.Local) != "TimeZoneDefinition" {
			r.Decline(otherElement)
		}
		r.once(&has, hasZoneContext)
		if r.Leaf() {
			r.zoneName = r.zoneID()
			r.Skip()
			continue
		}
		r.spelled = r.tree(etree.NewElement("t:TimeZoneDefinition"))
		r.spelled.CreateAttr("xmlns:t", nsTypes)
	}
}

func (r *scan) zoneID() (id []byte) {
	for _, a := range r.Attributes {
		switch {
		case a.Space == soap.NoNamespace && string(a.Local) == "Id" && !a.Escaped:
			id = a.Value
		case a.Space != soap.NoNamespace || string(a.Local) != "Name":
			r.Decline(otherElement)
		}
	}
	return id
}

// tree makes a tree, after all, of the element that was entered last: the few
// who spell their zone out are read by the same code on both paths.
func (r *scan) tree(e *etree.Element) *etree.Element {
	for _, a := range r.Attributes {
		if a.Space != soap.NoNamespace || a.Escaped && string(a.Local) != "Name" {
			r.Decline(otherElement)
		}
		e.CreateAttr(string(a.Local), string(a.Value))
	}
	if r.Leaf() {
		e.SetText(string(r.Text()))
		return e
	}
	for r.Child() {
		if r.Space != spaceTypes {
			r.Decline(otherElement)
		}
		r.tree(e.CreateElement("t:" + string(r.Local)))
	}
	return e
}
