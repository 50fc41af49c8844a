package freebusy

import (
	"iter"
	"slices"
	"sync/atomic"
)

// vocabulary are the codes that we know, in the order of the alphabet but for the
// first, which is counted most.
var vocabulary = [...]Code{
	NoError, ErrorAccessDenied, ErrorAddressSpaceNotFound, ErrorAutoDiscoverFailed, ErrorFreeBusyDLLimitReached,
	ErrorFreeBusyGenerationFailed, ErrorIncorrectSchemaVersion, ErrorInternalServerError, ErrorInvalidCrossForestCredentials,
	ErrorInvalidFederatedOrganization, ErrorInvalidFreeBusyViewType, ErrorInvalidMergedInterval, ErrorInvalidOrgRelationship,
	ErrorInvalidRequest, ErrorInvalidSerializedAccessToken, ErrorInvalidServerVersion, ErrorInvalidSmtpAddress, ErrorInvalidTimeInterval,
	ErrorMailRecipientNotFound, ErrorMailboxDataArrayEmpty, ErrorMailboxDataArrayTooBig, ErrorMailboxMoveInProgress,
	ErrorMeetingSuggestionFailed, ErrorMissingArgument, ErrorNoFreeBusyAccess, ErrorNonExistentMailbox, ErrorNotAllowedExternalSharing,
	ErrorOrganizationNotFederated, ErrorProxyGroupSidLimitExceeded, ErrorProxyRequestNotAllowed, ErrorProxyRequestProcessingFailed,
	ErrorRequestStreamTooBig, ErrorResultSetTooBig, ErrorSchemaValidation, ErrorServerBusy, ErrorServiceDiscoveryFailed,
	ErrorTimeIntervalTooBig, ErrorTimeZone, ErrorTimeoutExpired, ErrorTokenSerializationDenied,
}

// otherCode is any code that is not in the vocabulary.
const otherCode = "other"

// Label is c for a metric: another server can make up codes, and must not make a
// time series of each. Those that we do not know are "other".
func (c Code) Label() string {
	if slices.Contains(vocabulary[:], c) {
		return string(c)
	}
	return otherCode
}

// CodeTally counts answers by their code. It takes no lock and no memory. The zero
// CodeTally is ready; it must not be copied.
type CodeTally struct {
	known [len(vocabulary)]atomic.Int64
	other atomic.Int64
}

// Add counts n answers with code c.
func (t *CodeTally) Add(c Code, n int64) {
	if i := slices.Index(vocabulary[:], c); i >= 0 {
		t.known[i].Add(n)
	} else {
		t.other.Add(n)
	}
}

// All yields the labels of the codes that have been counted, with their counts.
func (t *CodeTally) All() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for i := range t.known {
			if n := t.known[i].Load(); n != 0 && !yield(string(vocabulary[i]), n) {
				return
			}
		}
		if n := t.other.Load(); n != 0 {
			yield(otherCode, n)
		}
	}
}
