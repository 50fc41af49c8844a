package freebusy

import (
	"cmp"
	"time"
)

// How Exchange words what went wrong with one mailbox. Outlook's diagnostics and
// the event log of the asking server show these texts, and the support articles
// are found by them and by the LID, the place in Exchange that says so. No
// public sample shows one for the texts that have none.

// TimeoutExpired is the answer for a mailbox that nobody answered in time
// (resolve-free-busy-errors).
func TimeoutExpired(cause error) *Error {
	return &Error{
		Code: ErrorTimeoutExpired,
		Text: "Request could not be processed in time. Timeout occurred during 'Waiting-For-Request-Completion'. LID: 43404",
		Err:  cause,
	}
}

// ProxyFailed is the answer for a mailbox whose forest could not be asked
// (resolve-free-busy-errors). what is a short description that is safe to show.
func ProxyFailed(what string, cause error) *Error {
	return &Error{
		Code: ErrorProxyRequestProcessingFailed,
		Text: "Proxy web request failed. , inner exception: " + what + ". LID: 43532",
		Err:  cause,
	}
}

// NoFreeBusyAccess is the answer for a mailbox that the asker may not see
// (resolve-free-busy-errors, cannot-view-freebusy-information-for-remote-user).
func NoFreeBusyAccess(cause error) *Error {
	return &Error{Code: ErrorNoFreeBusyAccess, Text: "The caller does not have access to free/busy data. LID: 47652", Err: cause}
}

// MailRecipientNotFound is the answer for a mailbox that nobody knows (seen in
// an answer of build 15.20).
func MailRecipientNotFound(m Mailbox, cause error) *Error {
	return &Error{
		Code: ErrorMailRecipientNotFound,
		Text: "Unable to resolve e-mail address <>" + cmp.Or(m.RoutingType, "SMTP") + ":" + m.Address + " to an Active Directory object. LID: 57660",
		Err:  cause,
	}
}

// InvalidSMTPAddress is the answer for an address that cannot be one (seen in
// an answer of build 14.1).
func InvalidSMTPAddress(address string) *Error {
	return &Error{Code: ErrorInvalidSmtpAddress, Text: "E-mail address <>SMTP:" + address + " is not a valid SMTP address."}
}

// AddressSpaceNotFound is the answer for a mailbox of a domain to which no way
// is configured (resolve-free-busy-errors).
func AddressSpaceNotFound(domain string) *Error {
	return &Error{
		Code: ErrorAddressSpaceNotFound,
		Text: "Configuration information for forest/domain " + domain + " could not be found in Active Directory. LID: 47932",
	}
}

// AutodiscoverFailed is the answer for a mailbox whose forest could not be found
// (resolve-free-busy-errors). exception is what happened in the words of .NET,
// safe to show.
func AutodiscoverFailed(address, exception string, cause error) *Error {
	return &Error{
		Code: ErrorAutoDiscoverFailed,
		Text: "Autodiscover failed for email address " + address + " with error " + exception + ".",
		Err:  cause,
	}
}

// AutodiscoverUnknownUser is the answer for a mailbox that autodiscover of its
// forest does not know (resolve-free-busy-errors).
func AutodiscoverUnknownUser(cause error) *Error {
	return &Error{Code: ErrorMailRecipientNotFound, Text: errorInUserSetting + "InvalidUser. LID: 33676", Err: cause}
}

// AutodiscoverNoURL is the answer for a mailbox that autodiscover knows and of
// which it does not tell where it can be asked about.
func AutodiscoverNoURL(cause error) *Error {
	return &Error{Code: ErrorAutoDiscoverFailed, Text: errorInUserSetting + "SettingIsNotAvailable. LID: 33676", Err: cause}
}

const errorInUserSetting = "The response from the Autodiscover service failed due to an error in user setting 'ExternalEwsUrl'. Error message: "

// GenerationFailed is the answer for a mailbox about which something came back
// that no calendar can be made of. The words are ours: no public sample shows
// those of Exchange.
func GenerationFailed(cause error) *Error {
	return &Error{Code: ErrorFreeBusyGenerationFailed, Text: "The free/busy information of this mailbox could not be generated.", Err: cause}
}

// ServerBusy refuses a whole question for so long (ews-throttling-in-exchange).
func ServerBusy(backOff time.Duration, cause error) *Error {
	return &Error{Code: ErrorServerBusy, Text: "The server cannot service this request right now. Try again later.", Err: cause, BackOff: backOff}
}
