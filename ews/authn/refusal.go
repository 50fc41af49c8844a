package authn

import (
	"errors"
	"fmt"
	"strings"
)

// Reason says in one word why a caller was refused. It stands in logs, metrics
// and traces. Alerts are written on these words: they do not change.
type Reason string

// The reasons that belong to no mechanism, or to several. Each mechanism has
// its own beside them.
const (
	Malformed       Reason = "malformed"       // no credentials that the scheme knows
	NoHandshake     Reason = "no_handshake"    // legs that are not on one connection of the caller alone
	NoMechanism     Reason = "no_mechanism"    // Negotiate without any mechanism of ours
	UnknownScheme   Reason = "unknown_scheme"  // credentials of a scheme that is not ours
	BadPassword     Reason = "bad_password"    // or a user that there is not
	NotPrivate      Reason = "not_private"     // a password where others could read along
	ChannelBinding  Reason = "channel_binding" // proved, but for another TLS connection
	Unavailable     Reason = "unavailable"     // what checks the proof does not answer
	NotListed       Reason = "not_listed"      // proved, but no rule of the allow list names it
	NetworkExcluded Reason = "network"         // an address that may not connect
	Internal        Reason = "internal"        // our own failure
)

// Cause is the id of r in the catalogue of causes, which logs and traces have as
// availproxy.cause.
func (r Reason) Cause() string { return "logon." + strings.ReplaceAll(string(r), "_", "-") }

// Refusal is why a proof failed: Reason for machines, Err for the log. The
// caller learns neither.
type Refusal struct {
	Mechanism Mechanism
	Reason    Reason
	Err       error
}

// Refuse makes a [*Refusal] whose Err is worded as [fmt.Errorf] does.
func Refuse(m Mechanism, r Reason, format string, args ...any) error {
	return &Refusal{m, r, fmt.Errorf(format, args...)}
}

// Error implements error.
func (r *Refusal) Error() string { return r.Err.Error() }

// Unwrap gives Err to package errors.
func (r *Refusal) Unwrap() error { return r.Err }

// asRefusal is the Refusal in err; an error that has none is our own failure.
func asRefusal(err error) *Refusal {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	return &Refusal{Reason: Internal, Err: err}
}
