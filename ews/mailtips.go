package ews

import (
	"context"
	"slices"
	"strings"

	"availproxy/freebusy"
)

// MailTipsQuery asks what a sender should know about some recipients before the
// message is sent ([MS-OXWMT] 3.1.4.1). Exchange sends it along the path of its
// free/busy questions, to the same ProxyUrl.
type MailTipsQuery struct {
	// Scope is what the answer may depend on besides sender and recipients.
	Scope freebusy.Scope

	// SendingAs is who the message is to be from, as whoever asks claims. Some
	// tips depend on it: whether the recipient takes this sender's messages, and
	// which automatic reply this sender gets.
	SendingAs freebusy.Mailbox

	Recipients []freebusy.Mailbox // 1 to 50, in the caller's order, duplicates allowed
	Tips       MailTipTypes
}

// MailTipTypes are kinds of mail tips, as a set.
type MailTipTypes uint16

// The kinds that learn.microsoft.com mailtipsrequested describes.
const (
	OutOfOfficeMessage MailTipTypes = 1 << iota
	MailboxFullStatus
	CustomMailTip
	ExternalMemberCount
	TotalMemberCount
	MaxMessageSize
	DeliveryRestriction
	ModerationStatus
	InvalidRecipient

	AllMailTips = 1<<iota - 1

	// LimitedMailTips are what MailTipsAccessLevel Limited passes on: automatic
	// replies, and what keeps a message from being delivered. The table of
	// learn.microsoft.com mailtips-over-organization-relationships leaves out
	// full mailboxes, which new-organizationrelationship seems to let through;
	// where the documents differ, the one that lets less through holds. So do
	// member counts: only the sender's own side looks for external recipients.
	LimitedMailTips = OutOfOfficeMessage | MaxMessageSize | DeliveryRestriction | InvalidRecipient
)

// mailTipNames are the words of the schema, by bit.
var mailTipNames = []string{
	"OutOfOfficeMessage", "MailboxFullStatus", "CustomMailTip", "ExternalMemberCount", "TotalMemberCount",
	"MaxMessageSize", "DeliveryRestriction", "ModerationStatus", "InvalidRecipient",
}

// laterMailTips are in the schema of Exchange 2013 and described nowhere; they
// are understood and never given.
var laterMailTips = []string{"Scope", "RecipientSuggestions"}

// String writes the set as the schema does.
func (t MailTipTypes) String() string {
	var names []string
	for i, name := range mailTipNames {
		if t&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// parseMailTipTypes reads a list of kinds. It is not ok when there is an unknown
// word among them, which stands for no kind.
func parseMailTipTypes(list string) (t MailTipTypes, ok bool) {
	ok = true
	for word := range strings.FieldsSeq(list) {
		i := slices.Index(mailTipNames, word)
		switch {
		case word == "All":
			t |= AllMailTips
		case i >= 0:
			t |= 1 << i
		case !slices.Contains(laterMailTips, word):
			ok = false
		}
	}
	return t, ok
}

// MailTips are what is known about one recipient ([MS-OXWMT] 3.1.4.1). Nil is not
// known, or not asked for.
type MailTips struct {
	Recipient freebusy.Mailbox // as it was asked for
	Pending   MailTipTypes     // could not be found out in time (learn.microsoft.com pendingmailtips)

	OutOfOffice *AutomaticReply
	Full        *bool
	Custom      *string // HTML
	Total       *int32  // members of a group
	External    *int32  // those of them outside of the organisation
	MaxSize     *int32  // of a message, in bytes
	Restricted  *bool   // whether the recipient takes no messages from SendingAs
	Moderated   *bool   // whether somebody will look at the message first
	Invalid     *bool   // whether there is no such recipient
}

// AutomaticReply is what a recipient who is away answers.
type AutomaticReply struct {
	Message    string // HTML; "" when nobody is away
	Language   string // of Message (xml:lang), or ""
	Start, End string // when it is sent, each an xs:dateTime; both "" where that is not said
}

// MailTipsAnswer is what is known about one recipient: exactly one of its fields
// is set.
type MailTipsAnswer struct {
	Tips *MailTips
	Err  *freebusy.Error
}

// MailTipsSource answers questions about mail tips.
type MailTipsSource interface {
	// MailTips returns one answer for each recipient of q, in their order,
	// duplicates included. It may block until ctx ends and then still answers:
	// what is missing carries [freebusy.ErrorTimeoutExpired].
	MailTips(ctx context.Context, q MailTipsQuery) []MailTipsAnswer
}

// Only is t without everything that is not in allowed, whatever was asked for
// or came.
func (t MailTips) Only(allowed MailTipTypes) *MailTips {
	t.Pending &= allowed
	keep(allowed&OutOfOfficeMessage, &t.OutOfOffice)
	keep(allowed&MailboxFullStatus, &t.Full)
	keep(allowed&CustomMailTip, &t.Custom)
	keep(allowed&ExternalMemberCount, &t.External)
	keep(allowed&TotalMemberCount, &t.Total)
	keep(allowed&MaxMessageSize, &t.MaxSize)
	keep(allowed&DeliveryRestriction, &t.Restricted)
	keep(allowed&ModerationStatus, &t.Moderated)
	keep(allowed&InvalidRecipient, &t.Invalid)
	return &t
}

func keep[T any](allowed MailTipTypes, tip **T) {
	if allowed == 0 {
		*tip = nil
	}
}

// mailTipsFailed answers for each of n recipients with the same error.
func mailTipsFailed(n int, err *freebusy.Error) []MailTipsAnswer {
	return slices.Repeat([]MailTipsAnswer{{Err: err}}, n)
}
