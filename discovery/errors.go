package discovery

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"availproxy/freebusy"
)

// Kind says in one word why there is no way to a mailbox.
type Kind string

// The kinds of Error.
const (
	UnknownUser          Kind = "unknown_user"           // the forest does not know the mailbox
	MovedToSource        Kind = "moved_to_source"        // the forest says that the mailbox is one of ours
	SettingNotAvailable  Kind = "setting_not_available"  // the mailbox is known, its EWS URL is not given away
	Refused              Kind = "refused"                // we do not go where we were sent
	Busy                 Kind = "busy"                   // the service asked to be left alone
	Unreachable          Kind = "unreachable"            // no connection, or none in time
	BadAnswer            Kind = "bad_answer"             // the service is not there, or not what it should be
	AuthFailed           Kind = "auth_failed"            // the service does not accept who we are
	AuthDowngradeRefused Kind = "auth_downgrade_refused" // the service wants a password
	Deadline             Kind = "deadline"               // the answer did not come while somebody waited
)

// Error is the cause inside the [freebusy.Error] of a Route: what an operator
// needs to know, and a caller must not. It is shared and never changed.
type Error struct {
	Kind      Kind
	Connector string
	Hops      []Hop // what was asked before, in order
	Err       error

	exception  string        // the same in the words of Exchange, safe to show
	retryAfter time.Duration // with Busy

	reasons []freebusy.Reason // that tell more than Kind does, the most telling first
}

// Error implements error. It holds host names, and no addresses.
func (e *Error) Error() string {
	return fmt.Sprintf("discovery: connector %s: %s: %v", e.Connector, e.Kind, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// consequence is what is known of why e happened: what a Transport said that got no
// token, else the most telling reason.
func (e *Error) consequence() freebusy.Consequence {
	if told, ok := errors.AsType[freebusy.Explained](e.Err); ok {
		return told.Consequence()
	}
	return freebusy.ConsequenceOf(append(slices.Clip(e.reasons), freebusy.Reason("discovery "+e.Kind))...)
}

// Cause is why, for the catalogue of causes.
func (e *Error) Cause() freebusy.Cause { return e.consequence().Cause }

// Remedy is what whoever runs us can do.
func (e *Error) Remedy() string { return e.consequence().Remedy }

// Is reports AuthFailed as [freebusy.ErrRefused]: nothing that was known before
// may stand in for what is refused to us now.
func (e *Error) Is(target error) bool { return target == freebusy.ErrRefused && e.Kind == AuthFailed }

// Hop is one request of a resolution, or one decision on the way.
type Hop struct {
	Connector string
	Via       string // what led here: "endpoint", "http redirect", "RedirectUrl", "RedirectAddress", "TargetSharingEpr"
	URL       string // what was asked, without mailboxes; for "RedirectAddress" empty
	Status    int    // of HTTP; 0 when there was no answer
	Code      string // of autodiscover, such as "NoError"
	Took      time.Duration
	Err       error // why this was the last one
}

// shown is u for logs and pages. Exchange Online puts the mailbox into the path
// of redirects.
func shown(u *url.URL) string {
	segments := strings.Split(u.Path, "/")
	for i, s := range segments {
		if strings.Contains(s, "@") {
			segments[i] = "(mailbox)"
		}
	}
	return u.Scheme + "://" + u.Host + strings.Join(segments, "/")
}

// withoutURL drops the URL that http.Client puts in front of its errors, for
// the sake of what its path may hold.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// webException is where .NET puts what the network says.
const webException = "System.Net.WebException: "

// answer is e as the caller of that address gets it.
func (e *Error) answer(address string) *freebusy.Error {
	switch e.Kind {
	case UnknownUser:
		return freebusy.AutodiscoverUnknownUser(e)
	case MovedToSource:
		return freebusy.MailRecipientNotFound(freebusy.SMTP(address), e)
	case SettingNotAvailable:
		return freebusy.AutodiscoverNoURL(e)
	case Deadline:
		return freebusy.TimeoutExpired(e)
	}
	return freebusy.AutodiscoverFailed(address, e.exception, e)
}
