package ews

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// availabilityFaults are the codes that the Availability service itself throws
// for a whole request. Their faults have nothing but a number in the detail,
// where other EWS faults have a ResponseCode.
var availabilityFaults = map[freebusy.Code]bool{
	freebusy.ErrorInvalidFreeBusyViewType: true,
	freebusy.ErrorInvalidMergedInterval:   true,
	freebusy.ErrorInvalidTimeInterval:     true,
	freebusy.ErrorMailboxDataArrayEmpty:   true,
	freebusy.ErrorMailboxDataArrayTooBig:  true,
	freebusy.ErrorMissingArgument:         true,
	freebusy.ErrorTimeIntervalTooBig:      true,
	freebusy.ErrorTimeZone:                true,
}

// codeMustUnderstand is SOAP's own (SOAP 1.1 4.4.1) and no ResponseCode.
const codeMustUnderstand freebusy.Code = "MustUnderstand"

// notUnderstood refuses the request for a header that must be understood, in
// the words of .NET.
func notUnderstood(header *etree.Element) error {
	return &freebusy.Error{
		Code: codeMustUnderstand,
		Text: fmt.Sprintf("SOAP header %.100s was not understood.", header.Tag),
		Err:  fmt.Errorf("ews: the header %.100s of namespace %.100q must be understood", header.Tag, header.NamespaceURI()),
	}
}

// writeFault writes the SOAP 1.1 fault for a question that has no answer at
// all, in the dialect in which Exchange gives that code.
func writeFault(err *freebusy.Error) []byte {
	doc, _, body := soap.NewEnvelope(false)
	fault := body.CreateElement("s:Fault")
	if err.Code == codeMustUnderstand { // without a detail, which is for errors of the Body (SOAP 1.1 4.4)
		soap.AddText(fault, "faultcode", "s:"+string(err.Code))
		soap.AddText(fault, "faultstring", err.Text)
		return soap.Bytes(doc)
	}
	code := soap.AddText(fault, "faultcode", "a:"+string(err.Code))
	code.CreateAttr("xmlns:a", nsTypes)
	soap.AddText(fault, "faultstring", err.Text).CreateAttr("xml:lang", "en-US")
	detail := fault.CreateElement("detail")
	if availabilityFaults[err.Code] {
		number := soap.AddText(detail, "m:ErrorCode", strconv.Itoa(exceptionNumber(err.Code)))
		number.CreateAttr("xmlns:m", nsMessages)
	} else {
		addDetail(detail, err)
	}
	return soap.Bytes(doc)
}

// addDetail writes the detail of an ordinary EWS fault. What goes beyond code
// and message is in a MessageXml of the types namespace here, not of errors.
func addDetail(detail *etree.Element, err *freebusy.Error) {
	soap.AddText(detail, "e:ResponseCode", string(err.Code)).CreateAttr("xmlns:e", nsErrors)
	message := soap.AddText(detail, "e:Message", err.Text)
	message.CreateAttr("xmlns:e", nsErrors)
	if v, ok := errors.AsType[*violation](err); ok {
		message.SetText("The request failed schema validation.")
		more := addMessageXML(detail)
		soap.AddText(more, "t:LineNumber", strconv.Itoa(v.line))
		soap.AddText(more, "t:LinePosition", strconv.Itoa(v.column))
		soap.AddText(more, "t:Violation", v.text)
	}
	if err.BackOff > 0 {
		value := soap.AddText(addMessageXML(detail), "t:Value", strconv.FormatInt(err.BackOff.Milliseconds(), 10))
		value.CreateAttr("Name", "BackOffMilliseconds")
	}
}

func addMessageXML(detail *etree.Element) *etree.Element {
	e := detail.CreateElement("t:MessageXml")
	e.CreateAttr("xmlns:t", nsTypes)
	return e
}

// asFault makes what went wrong with a whole question into what the caller is
// told. Errors of other types are ours to know.
func asFault(err error) *freebusy.Error {
	if f, ok := errors.AsType[*freebusy.Error](err); ok {
		return f
	}
	return &freebusy.Error{
		Code: freebusy.ErrorInternalServerError,
		Text: "An internal server error occurred. The operation failed.",
		Err:  err,
	}
}

// unreadableRequest is the fault for a document that soap.Read refuses. Where the
// parser knows the line, the caller learns it.
func unreadableRequest(err error) *freebusy.Error {
	fault := &freebusy.Error{Code: freebusy.ErrorInvalidRequest, Text: "The request is invalid.", Err: err}
	for _, reason := range []error{soap.ErrTooDeep, soap.ErrDoctype, soap.ErrMalformed, soap.ErrNoMessage} {
		if errors.Is(err, reason) {
			fault.Text = "The request is invalid: " + reason.Error() + lineOf(err) + "."
		}
	}
	if errors.Is(err, soap.ErrTooBig) {
		fault.Code, fault.Text = freebusy.ErrorRequestStreamTooBig, "The request stream is larger than the 400 KB that are allowed."
	}
	return fault
}

func lineOf(err error) string {
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return fmt.Sprintf(" (line %d)", syntax.Line)
	}
	return ""
}
