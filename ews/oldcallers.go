package ews

import "availproxy/freebusy"

// newerCodes are the ResponseCodes that the schema of Exchange 2007 SP1 lacks,
// and what says most nearly the same to a caller that may know no more. A .NET
// caller would otherwise throw the whole answer away for one of them.
var newerCodes = map[freebusy.Code]freebusy.Code{
	"ErrorFreeBusyDLLimitReached":                     freebusy.ErrorFreeBusyGenerationFailed,
	"ErrorInvalidFederatedOrganizationId":             freebusy.ErrorNoFreeBusyAccess,
	"ErrorInvalidOrganizationRelationshipForFreeBusy": freebusy.ErrorNoFreeBusyAccess,
	"ErrorMailboxFailover":                            codeMailboxLogonFailed,
	"ErrorNoOAuthServerAvailableForRequest":           freebusy.ErrorServiceDiscoveryFailed,
	"ErrorNotAllowedExternalSharingByPolicy":          freebusy.ErrorNoFreeBusyAccess,
	"ErrorOrganizationNotFederated":                   freebusy.ErrorNoFreeBusyAccess,
	"ErrorProxyServiceDiscoveryFailed":                freebusy.ErrorServiceDiscoveryFailed,
	"ErrorTooManyObjectsOpened":                       codeMailboxLogonFailed,
}

const codeMailboxLogonFailed freebusy.Code = "ErrorMailboxLogonFailed"

// everCodes are the ResponseCodes for one mailbox that every caller knows.
// ErrorServerBusy is not among them: it is a fault, and clients that read it
// for one mailbox give up on all of them.
var everCodes = map[freebusy.Code]bool{
	freebusy.ErrorAccessDenied:                  true,
	freebusy.ErrorAddressSpaceNotFound:          true,
	freebusy.ErrorAutoDiscoverFailed:            true,
	freebusy.ErrorFreeBusyGenerationFailed:      true,
	freebusy.ErrorInternalServerError:           true,
	freebusy.ErrorInvalidCrossForestCredentials: true,
	freebusy.ErrorInvalidSmtpAddress:            true,
	freebusy.ErrorMailRecipientNotFound:         true,
	freebusy.ErrorMailboxMoveInProgress:         true,
	freebusy.ErrorMeetingSuggestionFailed:       true,
	freebusy.ErrorNoFreeBusyAccess:              true,
	freebusy.ErrorNonExistentMailbox:            true,
	freebusy.ErrorProxyRequestNotAllowed:        true,
	freebusy.ErrorProxyRequestProcessingFailed:  true,
	freebusy.ErrorResultSetTooBig:               true,
	freebusy.ErrorServiceDiscoveryFailed:        true,
	freebusy.ErrorTimeZone:                      true,
	freebusy.ErrorTimeoutExpired:                true,
	codeMailboxLogonFailed:                      true,

	"ErrorIndividualMailboxLimitReached":          true,
	"ErrorInternalServerTransientError":           true,
	"ErrorInvalidSecurityDescriptor":              true,
	"ErrorLegacyMailboxFreeBusyViewTypeNotMerged": true,
	"ErrorMailboxStoreUnavailable":                true,
	"ErrorPublicFolderRequestProcessingFailed":    true,
	"ErrorWin32InteropError":                      true,
}

// responseCode is the code as that caller can read it. What nobody is sure to
// know becomes the failure of a proxy request.
func responseCode(code freebusy.Code, g Generation) freebusy.Code {
	if older, newer := newerCodes[code]; newer {
		if g < Exchange2013 {
			return older
		}
		return code
	}
	if everCodes[code] {
		return code
	}
	return freebusy.ErrorProxyRequestProcessingFailed
}

// busyType is the busy type as that caller can read it: WorkingElsewhere came
// with Exchange 2013 and is free to everybody before.
func busyType(b freebusy.BusyType, g Generation) freebusy.BusyType {
	if b == freebusy.WorkingElsewhere && g < Exchange2013 {
		return freebusy.Free
	}
	return b
}
