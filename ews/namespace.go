package ews

import "availproxy/ews/soap"

// The namespaces of Exchange Web Services. They look like addresses and are
// none: the wire form is "http", also where documentation shows "https".
const (
	nsMessages = "http://schemas.microsoft.com/exchange/services/2006/messages"
	nsTypes    = "http://schemas.microsoft.com/exchange/services/2006/types"
	nsErrors   = "http://schemas.microsoft.com/exchange/services/2006/errors"
)

// The prefixes that everything we write is written with. They are declared on
// the envelope and nowhere else.
var (
	prefixMessages = soap.Prefix{Name: "m", Namespace: nsMessages}
	prefixTypes    = soap.Prefix{Name: "t", Namespace: nsTypes}
	prefixErrors   = soap.Prefix{Name: "e", Namespace: nsErrors}
)

// contentType is what every message is sent as, to the letter: Exchange 2010
// refuses requests and DavMail refuses answers that lack the blank.
const contentType = "text/xml; charset=utf-8"

// contentTypes is that as the value of a header, shared by all answers.
var contentTypes = []string{contentType}
