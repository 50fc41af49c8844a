package ews

import (
	"context"
	"slices"
	"strings"

	"availproxy/freebusy"
)

// MailTipsQuery asks what a sender should know about some recipients before the
// message is sent (learn.microsoft.com getmailtips-operation). Exchange sends it
// to the same ProxyUrl as questions about free/busy times.
type MailTipsQuery struct {
	SendingAs  freebusy.Mailbox
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

	// LimitedMailTips are those that could prevent a non-delivery report or an
	// automatic reply (learn.microsoft.com new-organizationrelationship,
	// MailTipsAccessLevel Limited): nothing about audiences or moderators, and
	// no custom text.
	LimitedMailTips = OutOfOfficeMessage | MailboxFullStatus | MaxMessageSize | DeliveryRestriction | InvalidRecipient
)

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

// parseMailTipTypes reads a list of kinds. An unknown word is not ok.
func parseMailTipTypes(list string) (t MailTipTypes, ok bool) {
	for word := range strings.FieldsSeq(list) {
		i := slices.Index(mailTipNames, word)
		switch {
		case word == "All":
			t |= AllMailTips
		case i >= 0:
			t |= 1 << i
		case !slices.Contains(laterMailTips, word):
			return t, false
		}
	}
	return t, true
}

// MailTips are what is known about one recipient. Nil is not known, or not
// asked for.
type MailTips struct {
	Recipient   freebusy.Mailbox // as it was asked for
	Pending     MailTipTypes     // could not be found out in time
	OutOfOffice *AutomaticReply
	Full        *bool
	Custom      *string // HTML
	Total       *int    // members of a group
	External    *int    // those of them outside of the organisation
	MaxSize     *int    // of a message, in bytes
	Restricted  *bool   // whether the recipient will not get it
	Moderated   *bool   // whether somebody will look at it first
	Invalid     *bool
}

// AutomaticReply is what a recipient who is away answers.
type AutomaticReply struct {
	Message    string // HTML; "" when nobody is away
	Language   string // of Message (xml:lang); may be ""
	Start, End string // xs:dateTime as the other side wrote it; both "" without an end
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
	// duplicates included. It may block until ctx ends and then still answers.
	MailTips(ctx context.Context, q MailTipsQuery) []MailTipsAnswer
}

// only is t without everything that is not in allowed, whatever was asked for.
func (t MailTips) only(allowed MailTipTypes) *MailTips {
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

// mailTipsFailed answers for each recipient with the same error.
func mailTipsFailed(n int, err *freebusy.Error) []MailTipsAnswer {
	return slices.Repeat([]MailTipsAnswer{{Err: err}}, n)
}
