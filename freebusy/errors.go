package freebusy

import (
	"context"
	"errors"
	"time"
)

// Error says why one mailbox, or a whole question, has no answer.
//
// Code and Text go back to Exchange and from there into Outlook's scheduling
// grid or the event log of a server in another organisation; Text is in
// Exchange's own wording. Err stays in our logs and traces: it may hold URLs
// and names.
type Error struct {
	Code Code
	Text string
	Err  error

	Source  string        // URL of the server that refused, if another one did: ResponseSource
	BackOff time.Duration // with ErrorServerBusy: how long the other side wants to be left alone
}

// Error implements error with the text that is safe to show.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Text }

// Unwrap returns the cause, which is not safe to show.
func (e *Error) Unwrap() error { return e.Err }

// ErrMoved marks, inside an [Error], a sign that a mailbox no longer lives
// where it was looked for. The Router then resolves it once more.
var ErrMoved = errors.New("the mailbox is not here any more")

// ErrRefused marks, inside an [Error], that the other side has refused us or
// our application, whatever the Code says: it will refuse a moment later, too.
var ErrRefused = errors.New("the other side refuses us")

// Refusal reports whether the other side has decided, rather than failed.
// Nothing that was known before may stand in for a refusal.
func (e *Error) Refusal() bool { return e.Code.Refusal() || errors.Is(e.Err, ErrRefused) }

// ErrAnswered marks, inside an [Error], that the endpoint did answer, although not
// in a way that is of use: there is nothing wrong with the way there, and another
// question may fare better.
var ErrAnswered = errors.New("the endpoint answers, but not this question")

// OfPerson reports whether c says that somebody is unknown or not to be seen, which
// is everyday life: there is nothing in it for whoever runs us.
func (c Code) OfPerson() bool {
	switch c {
	case ErrorNoFreeBusyAccess, ErrorMailRecipientNotFound, ErrorNonExistentMailbox, ErrorInvalidSmtpAddress, ErrorFreeBusyDLLimitReached:
		return true
	}
	return false
}

// OfQuestion reports whether the other side objects to the question, so that it
// may have a good answer to another one about the same mailbox.
func (e *Error) OfQuestion() bool { return e.Code.OfQuestion() || errors.Is(e.Err, ErrAnswered) }

// Code is the ResponseCode of a ResponseMessage ([MS-OXWAVLS] 3.1.4.1.3.11).
type Code string

// The codes that the Availability service gives.
const (
	NoError                            Code = "NoError"
	ErrorAccessDenied                  Code = "ErrorAccessDenied"
	ErrorAddressSpaceNotFound          Code = "ErrorAddressSpaceNotFound"
	ErrorAutoDiscoverFailed            Code = "ErrorAutoDiscoverFailed"
	ErrorFreeBusyDLLimitReached        Code = "ErrorFreeBusyDLLimitReached"
	ErrorFreeBusyGenerationFailed      Code = "ErrorFreeBusyGenerationFailed"
	ErrorIncorrectSchemaVersion        Code = "ErrorIncorrectSchemaVersion"
	ErrorInternalServerError           Code = "ErrorInternalServerError"
	ErrorInvalidCrossForestCredentials Code = "ErrorInvalidCrossForestCredentials"
	ErrorInvalidFederatedOrganization  Code = "ErrorInvalidFederatedOrganizationId"
	ErrorInvalidFreeBusyViewType       Code = "ErrorInvalidFreeBusyViewType"
	ErrorInvalidMergedInterval         Code = "ErrorInvalidMergedFreeBusyInterval"
	ErrorInvalidOrgRelationship        Code = "ErrorInvalidOrganizationRelationshipForFreeBusy"
	ErrorInvalidRequest                Code = "ErrorInvalidRequest"
	ErrorInvalidSerializedAccessToken  Code = "ErrorInvalidSerializedAccessToken"
	ErrorInvalidServerVersion          Code = "ErrorInvalidServerVersion"
	ErrorInvalidSmtpAddress            Code = "ErrorInvalidSmtpAddress"
	ErrorInvalidTimeInterval           Code = "ErrorInvalidTimeInterval"
	ErrorMailRecipientNotFound         Code = "ErrorMailRecipientNotFound"
	ErrorMailboxDataArrayEmpty         Code = "ErrorMailboxDataArrayEmpty"
	ErrorMailboxDataArrayTooBig        Code = "ErrorMailboxDataArrayTooBig"
	ErrorMailboxMoveInProgress         Code = "ErrorMailboxMoveInProgress"
	ErrorMeetingSuggestionFailed       Code = "ErrorMeetingSuggestionGenerationFailed"
	ErrorMissingArgument               Code = "ErrorMissingArgument"
	ErrorNoFreeBusyAccess              Code = "ErrorNoFreeBusyAccess"
	ErrorNonExistentMailbox            Code = "ErrorNonExistentMailbox"
	ErrorNotAllowedExternalSharing     Code = "ErrorNotAllowedExternalSharingByPolicy"
	ErrorOrganizationNotFederated      Code = "ErrorOrganizationNotFederated"
	ErrorProxyGroupSidLimitExceeded    Code = "ErrorProxyGroupSidLimitExceeded"
	ErrorProxyRequestNotAllowed        Code = "ErrorProxyRequestNotAllowed"
	ErrorProxyRequestProcessingFailed  Code = "ErrorProxyRequestProcessingFailed"
	ErrorRequestStreamTooBig           Code = "ErrorRequestStreamTooBig"
	ErrorResultSetTooBig               Code = "ErrorResultSetTooBig"
	ErrorSchemaValidation              Code = "ErrorSchemaValidation"
	ErrorServerBusy                    Code = "ErrorServerBusy"
	ErrorServiceDiscoveryFailed        Code = "ErrorServiceDiscoveryFailed"
	ErrorTimeIntervalTooBig            Code = "ErrorTimeIntervalTooBig"
	ErrorTimeZone                      Code = "ErrorTimeZone"
	ErrorTimeoutExpired                Code = "ErrorTimeoutExpired"
	ErrorTokenSerializationDenied      Code = "ErrorTokenSerializationDenied"
)

// Refusal reports whether the other side has decided, rather than failed: a
// refusal replaces what was known before, and nothing stale may stand in for
// it.
func (c Code) Refusal() bool {
	switch c {
	case ErrorNoFreeBusyAccess, ErrorMailRecipientNotFound, ErrorNonExistentMailbox, ErrorAccessDenied,
		ErrorInvalidSmtpAddress, ErrorAddressSpaceNotFound, ErrorProxyRequestNotAllowed, ErrorInvalidCrossForestCredentials,
		ErrorInvalidOrgRelationship, ErrorOrganizationNotFederated, ErrorInvalidFederatedOrganization,
		ErrorNotAllowedExternalSharing, ErrorFreeBusyDLLimitReached:
		return true
	}
	return false
}

// OfQuestion reports whether c blames how something was asked (learn.microsoft.com
// responsecode).
func (c Code) OfQuestion() bool {
	switch c {
	case ErrorInvalidRequest, ErrorSchemaValidation, ErrorInvalidServerVersion, ErrorIncorrectSchemaVersion, ErrorMissingArgument,
		ErrorInvalidTimeInterval, ErrorTimeIntervalTooBig, ErrorResultSetTooBig, ErrorRequestStreamTooBig, ErrorTimeZone,
		ErrorInvalidFreeBusyViewType, ErrorInvalidMergedInterval, ErrorMailboxDataArrayEmpty, ErrorMailboxDataArrayTooBig:
		return true
	}
	return false
}

// AsError is what a mailbox is answered when err kept its question from being
// answered at all: the Error inside err, else TimeoutExpired when time ran out,
// else ProxyFailed. The text of err itself stays inside.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok && e != nil {
		return e
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return TimeoutExpired(err)
	}
	return ProxyFailed("The other forest could not be asked", err)
}
