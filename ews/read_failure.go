package ews

import (
	"cmp"
	"errors"
	"net/url"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// failure reads a ResponseMessage ([MS-OXWAVLS] 3.1.4.1.3.11) and is nil when it
// reports success. The code decides: a Warning with a code comes with part of a
// calendar, and a calendar with gaps is worse than none.
func (r reader) failure(message *etree.Element) *freebusy.Error {
	if message == nil {
		return r.unusable("The response holds no ResponseMessage", errors.New("no ResponseMessage"))
	}
	class, code := message.SelectAttrValue("ResponseClass", ""), childText(message, "ResponseCode")
	if class != "Error" && code == string(freebusy.NoError) || class == "Success" && code == "" {
		return nil
	}
	c := newComplaint(code, childText(message, "MessageText"), message.SelectElement("MessageXml"))
	// What is busy without a word of how long is that mailbox's store, and no
	// reason to keep the others from the server.
	if wait := c.backOff(0); wait > 0 || c.code == "" {
		return upstream.Pause(r.unusable(c.text, c.cause()), wait)
	}
	return &freebusy.Error{Code: freebusy.Code(c.code), Text: c.text, Err: c.cause(), Source: r.responder(c)}
}

// responder is the server that refused: the one we asked, or the one that it
// asked in turn.
func (r reader) responder(c complaint) string {
	source, err := url.Parse(c.details["ResponseSource"])
	if err != nil || source.Scheme != "https" && source.Scheme != "http" || source.User != nil {
		return r.origin.URL
	}
	return source.String()
}

// unusable is the failure of one mailbox whose answer came and is none.
func (r reader) unusable(what string, cause error) *freebusy.Error {
	failure := upstream.Failed(what, cause)
	failure.Source = r.origin.URL
	return failure
}

// readFault reads why a server refused a whole request.
func readFault(f *soap.Fault) *freebusy.Error {
	c := faultComplaint(f)
	failure := upstream.Pause(freebusy.ConsequenceOf(freebusy.Reason(c.code)).Failure(c.text, c.cause()), c.backOff(silence))
	if c.windowTooLong() {
		failure.Code = freebusy.ErrorTimeIntervalTooBig // which can be mended by asking for less
	}
	return failure
}

// faultComplaint reads a fault, of which there are three shapes: ordinary EWS
// errors name a ResponseCode in the detail; those of Availability name it in the
// faultcode and have a number in the detail; Exchange 2007 has only the number,
// which may be an HRESULT.
func faultComplaint(f *soap.Fault) complaint {
	detail := map[string]*etree.Element{}
	if f.Detail != nil {
		for _, e := range f.Detail.ChildElements() {
			detail[e.Tag] = e
		}
	}
	code := cmp.Or(soap.Text(detail["ResponseCode"]), f.Code)
	c := newComplaint(code, cmp.Or(f.Text, soap.Text(detail["Message"])), detail["MessageXml"])
	if number := detail["ErrorCode"]; number != nil {
		c.details["ErrorCode"] = upstream.Sayable(soap.Text(number))
	}
	return c
}
