package ews

import (
	"fmt"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// errorMailTipsDisabled came with the operation itself, so that whoever knows
// one knows the other (learn.microsoft.com responsecode).
const errorMailTipsDisabled freebusy.Code = "ErrorMailTipsDisabled"

// MailTipsDisabled is the answer for a recipient whose mail tips nobody passes
// on, in the words of the EWS Managed API; cause says why.
func MailTipsDisabled(cause error) *freebusy.Error {
	return &freebusy.Error{Code: errorMailTipsDisabled, Text: "MailTips aren't available for your organization.", Err: cause}
}

// SendAsDenied is the answer for a recipient about whom somebody asks under
// another one's name, in the words of the EWS Managed API; cause says why.
func SendAsDenied(cause error) *freebusy.Error {
	return &freebusy.Error{
		Code: "ErrorSendAsDenied",
		Text: "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.",
		Err:  cause,
	}
}

// unknownOperation are the codes with which a server refuses an operation that
// its age does not have, or our RequestServerVersion. Others refuse it without
// any code, as the caller's mistake (SOAP 1.1 4.4.1, SOAP 1.2 5.4.6).
var unknownOperation = map[string]bool{
	"ErrorInvalidRequest": true, "ErrorSchemaValidation": true, "ErrorInvalidServerVersion": true, "ErrorIncorrectSchemaVersion": true,
	"Client": true, "Sender": true,
}

// mailTipsFault reads why a server refused a whole GetMailTips request.
func mailTipsFault(f *soap.Fault) *freebusy.Error {
	c := faultComplaint(f)
	if unknownOperation[c.code] || c.code == "" && unknownOperation[f.Code] {
		return MailTipsDisabled(fmt.Errorf("the server does not know GetMailTips: %w", c.cause()))
	}
	return readFault(f)
}

// answered marks the failure of a server that did answer, unless it wants to be
// left alone.
func answered(failure *freebusy.Error) *freebusy.Error {
	if failure != nil && failure.BackOff == 0 {
		failure.Err = fmt.Errorf("%w: %w", freebusy.ErrAnswered, failure.Err)
	}
	return failure
}
