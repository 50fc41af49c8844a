package ews

import (
	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// impersonated is the SMTP address of the mailbox as whose owner a request is
// made; "" is nobody's.
type impersonated string

func (c *Client) impersonated(s freebusy.Scope) impersonated {
	if c.Impersonate == nil {
		return ""
	}
	return impersonated(c.Impersonate(s))
}

// anchors are the mailboxes by which the server is found that shall answer: the
// one that is impersonated, since it is there that its rights are looked up
// (learn.microsoft.com how-to-maintain-affinity), else those in question.
func (i impersonated) anchors(mailboxes []freebusy.Mailbox) []freebusy.Mailbox {
	if i == "" {
		return mailboxes
	}
	return []freebusy.Mailbox{freebusy.SMTP(string(i))}
}

// addHeaders writes the SOAP headers of every request: the version of its schema
// and, where somebody is impersonated, who (learn.microsoft.com exchangeimpersonation).
func (i impersonated) addHeaders(header *etree.Element) {
	header.CreateElement("t:RequestServerVersion").CreateAttr("Version", requestVersion)
	if i != "" {
		sid := header.CreateElement("t:ExchangeImpersonation").CreateElement("t:ConnectingSID")
		soap.AddText(sid, "t:PrimarySmtpAddress", string(i))
	}
}
