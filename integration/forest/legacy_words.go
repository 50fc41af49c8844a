package forest

import "slices"

// legalCode reports whether a server of that age has the ResponseCode in its
// generated classes. The list holds what can answer the two operations of a Caller; a
// code of another operation would be known to a real server and is not here.
func legalCode(code string, g Generation) bool {
	if slices.Contains(codes2007, code) {
		return true
	}
	return g >= Exchange2010 && slices.Contains(codes2010, code) ||
		g >= Exchange2013 && slices.Contains(codes2013, code)
}

// codes2007 are in the schema of Exchange 2007 SP1.
var codes2007 = []string{
	"NoError", "ErrorAccessDenied", "ErrorAddressSpaceNotFound", "ErrorAutoDiscoverFailed", "ErrorFreeBusyGenerationFailed",
	"ErrorImpersonateUserDenied", "ErrorImpersonationFailed", "ErrorIncorrectSchemaVersion", "ErrorIndividualMailboxLimitReached",
	"ErrorInternalServerError", "ErrorInternalServerTransientError", "ErrorInvalidClientSecurityContext",
	"ErrorInvalidCrossForestCredentials", "ErrorInvalidFreeBusyViewType", "ErrorInvalidMergedFreeBusyInterval",
	"ErrorInvalidNetworkServiceContext", "ErrorInvalidRequest", "ErrorInvalidSecurityDescriptor", "ErrorInvalidServerVersion",
	"ErrorInvalidSmtpAddress", "ErrorInvalidTimeInterval", "ErrorLegacyMailboxFreeBusyViewTypeNotMerged",
	"ErrorLogonAsNetworkServiceFailed", "ErrorMailRecipientNotFound", "ErrorMailboxDataArrayEmpty", "ErrorMailboxDataArrayTooBig",
	"ErrorMailboxLogonFailed", "ErrorMailboxMoveInProgress", "ErrorMailboxStoreUnavailable", "ErrorMeetingSuggestionGenerationFailed",
	"ErrorMissingArgument", "ErrorNoFreeBusyAccess", "ErrorNonExistentMailbox", "ErrorProxyRequestNotAllowed",
	"ErrorProxyRequestProcessingFailed", "ErrorPublicFolderRequestProcessingFailed", "ErrorRequestStreamTooBig", "ErrorResultSetTooBig",
	"ErrorSchemaValidation", "ErrorSendAsDenied", "ErrorServerBusy", "ErrorServiceDiscoveryFailed", "ErrorTimeIntervalTooBig", "ErrorTimeZone",
	"ErrorTimeoutExpired", "ErrorTokenSerializationDenied", "ErrorWin32InteropError",
}

// codes2010 came with Exchange 2010, or are at least not in the schema of 2007.
var codes2010 = []string{
	"ErrorCrossSiteRequest", "ErrorExceededConnectionCount", "ErrorFreeBusyDLLimitReached", "ErrorInvalidFederatedOrganizationId",
	"ErrorInvalidOrganizationRelationshipForFreeBusy", "ErrorMailTipsDisabled", "ErrorMailboxFailover", "ErrorNotAllowedExternalSharingByPolicy",
	"ErrorOrganizationNotFederated", "ErrorProxyServiceDiscoveryFailed", "ErrorTooManyObjectsOpened",
}

// codes2013 came with OAuth.
var codes2013 = []string{"ErrorNoOAuthServerAvailableForRequest"}

var (
	legalClasses = []string{"Success", "Warning", "Error"}
	legalViews   = []string{"None", "MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"}
	legalDays    = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Day", "Weekday", "WeekendDay"}
)
