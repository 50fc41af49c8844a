package freebusy

import (
	"strings"
	"time"
)

// Query is a question about some mailboxes over some hours. How the answer is
// to be written (zone, view, suggestions, the caller's age) is not part of it,
// so that questions that differ only in this share their answers.
type Query struct {
	Scope     Scope
	Mailboxes []Mailbox // 1 to 100, in the caller's order, duplicates allowed
	Window    Window
	Detail    Detail        // the most the asker wants; answers may hold less
	Interval  time.Duration // slot length for a Source that can give digits but no events
}

// Scope is everything besides the mailbox that an answer may depend on. What
// is remembered or shared is keyed by it, so that no asker ever receives what
// was fetched for another. The zero Scope is the organisation as a whole.
type Scope struct {
	Requester string // lower-case SMTP address, only with act_as: requester
}

// Mailbox names one attendee as the caller wrote it ([MS-OXWAVLS] 3.1.4.1).
type Mailbox struct {
	Address     string // without surrounding white space; compare by Key
	RoutingType string // "" and "SMTP" mean the same; "EX" carries a legacyExchangeDN
}

// SMTP names the mailbox with that SMTP address.
func SMTP(address string) Mailbox { return Mailbox{Address: strings.TrimSpace(address)} }

// Key is the form of the address that is equal for equal mailboxes.
func (m Mailbox) Key() string { return strings.ToLower(m.Address) }

// Domain is the lower-case part behind the last "@", or "" when there is none.
func (m Mailbox) Domain() string {
	if at := strings.LastIndexByte(m.Address, '@'); at >= 0 {
		return strings.ToLower(m.Address[at+1:])
	}
	return ""
}

// Detail says how much of a calendar is asked for, granted or held.
type Detail int

// The details, least first, so that they compare with < and min.
const (
	MergedOnly Detail = iota // one digit per slot, no events
	FreeBusy                 // events: start, end and busy type
	Detailed                 // events with subject, location and flags
)

// String returns the name of the Exchange view that shows just this much.
func (d Detail) String() string {
	switch d {
	case MergedOnly:
		return "MergedOnly"
	case FreeBusy:
		return "FreeBusy"
	default:
		return "Detailed"
	}
}
