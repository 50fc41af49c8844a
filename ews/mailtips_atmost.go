package ews

import (
	"context"
	"errors"

	"availproxy/freebusy"
)

// MailTipsAtMost is a MailTipsSource in front of what asks one forest. It asks for
// no more than Tips, and passes on no more when more comes. A MailTipsRouter goes
// by the recipients that were asked for; this one goes by where a redirection may
// have led.
type MailTipsAtMost struct {
	Source MailTipsSource
	Tips   MailTipTypes // none: every recipient is refused
}

var _ MailTipsSource = MailTipsAtMost{}

var errNothingPassedOn = errors.New("ews: no mail tips of this forest are passed on")

// MailTips implements [MailTipsSource].
func (m MailTipsAtMost) MailTips(ctx context.Context, q MailTipsQuery) []MailTipsAnswer {
	if m.Tips == 0 {
		return mailTipsFailed(len(q.Recipients), MailTipsDisabled(errNothingPassedOn))
	}
	if q.Tips &= m.Tips; q.Tips == 0 {
		return nothingAsked(q.Recipients)
	}
	answers := m.Source.MailTips(ctx, q)
	for i, a := range answers {
		if a.Tips != nil {
			answers[i].Tips = a.Tips.Only(q.Tips)
		}
	}
	return answers
}

// nothingAsked answers a question of which nothing is left to be asked.
func nothingAsked(recipients []freebusy.Mailbox) []MailTipsAnswer {
	answers := make([]MailTipsAnswer, len(recipients))
	for i, m := range recipients {
		answers[i].Tips = &MailTips{Recipient: m}
	}
	return answers
}
