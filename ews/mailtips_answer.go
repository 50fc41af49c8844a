package ews

import (
	"context"
	"errors"
	"fmt"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// answerMailTips answers GetMailTips ([MS-OXWMT] 3.1.4.1).
func (h *Handler) answerMailTips(ctx context.Context, m *soap.Message, q *inquiry, _ *desk) (answer, error) {
	if h.MailTips == nil {
		return nil, notAvailable(m.Body.Tag)
	}
	if err := q.caller.checkKnowsMailTips(); err != nil {
		return nil, err
	}
	asked, err := readMailTipsRequest(m)
	if err != nil {
		return nil, err
	}
	q.mailboxes = asked.Recipients
	answers, err := h.askMailTips(ctx, asked, q.caller.header.claimed)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		if a.Err != nil {
			q.errs = append(q.errs, a.Err)
		}
	}
	return writeMailTips(answers, q.caller.generation, h.ServerName), nil
}

// askMailTips asks MailTips, and sees to it that there is one answer for each
// recipient.
func (h *Handler) askMailTips(ctx context.Context, asked MailTipsQuery, claimed *SecurityContext) (_ []MailTipsAnswer, err error) {
	if asked.Scope, err = h.scope(ctx, claimed); err != nil {
		return nil, err
	}
	bounded := h.inTime(ctx)
	defer bounded.release()
	answers := h.MailTips.MailTips(bounded, asked)
	if len(answers) != len(asked.Recipients) {
		return nil, fmt.Errorf("ews: %d answers for %d recipients", len(answers), len(asked.Recipients))
	}
	for i, a := range answers {
		if a.Tips == nil && a.Err == nil {
			answers[i].Err = freebusy.AsError(errNoTips)
		}
	}
	return answers, nil
}

var errNoTips = errors.New("ews: an answer with neither mail tips nor an error")
