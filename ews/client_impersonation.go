package ews

import (
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

// Every request is an envelope with the prefixes that all we write has, and with
// the version of its schema in the header.
const (
	requestStart = `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="` + soap.Envelope11 + `" xmlns:m="` + nsMessages + `" xmlns:t="` + nsTypes + `">` +
		`<s:Header><t:RequestServerVersion Version="` + requestVersion + `"></t:RequestServerVersion>`
	requestEnd = "</s:Body></s:Envelope>"
)

// startRequest appends what comes before the operation. Where somebody is
// impersonated, it says who (learn.microsoft.com exchangeimpersonation).
func startRequest(dst []byte, as impersonated) []byte {
	dst = append(dst, requestStart...)
	if as != "" {
		dst = append(dst, "<t:ExchangeImpersonation><t:ConnectingSID>"...)
		dst = appendElement(dst, "t:PrimarySmtpAddress", string(as))
		dst = append(dst, "</t:ConnectingSID></t:ExchangeImpersonation>"...)
	}
	return append(dst, "</s:Header><s:Body>"...)
}
