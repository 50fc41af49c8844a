package forest

import "time"

// tipsOf are the mail tips of the first mailboxes of every forest: alice has one
// of everything, the others one or two kinds, most have nothing to tell. Whoever
// is away is so in the week that holds the most.
func tipsOf(name, domain string, week time.Time) MailTips {
	switch name {
	case "alice":
		return MailTips{
			InternalReply: "<p>At sea until Friday. The key is under the mat.</p>", ExternalReply: "<p>I am away &amp; read no mail.</p>",
			ReplyFrom: week, ReplyUntil: week.AddDate(0, 0, 5),
			Full: true, Custom: "<b>Alice</b> answers on Mondays", Members: 250, ExternalMembers: 20, MaxMessageSize: 10 << 20,
			AcceptsOnlyFrom: []string{"bob@" + domain}, Moderated: true,
		}
	case "greta":
		return MailTips{InternalReply: "Ask Hiro.", ExternalReply: "离开办公室"}
	case "hiro":
		return MailTips{Full: true, MaxMessageSize: 1 << 20}
	case "ceo":
		return MailTips{AcceptsOnlyFrom: []string{"alice@" + domain}, Moderated: true}
	case "room-birch":
		return MailTips{Custom: "Room Birch has no screen"}
	}
	return MailTips{}
}
