package ews

import (
	"context"

	"availproxy/freebusy"
)

var _ MailTipsSource = (*Client)(nil)

// MailTips implements [MailTipsSource]. What fails as a whole is the answer for
// each recipient. Every failure of a server that did answer has
// [freebusy.ErrAnswered] inside: not every server knows the operation, and one
// that does not may be a good one for free/busy times.
func (c *Client) MailTips(ctx context.Context, q MailTipsQuery) []MailTipsAnswer {
	var answers []MailTipsAnswer
	as := c.impersonated(q.Scope)
	failure := c.converse(ctx, getMailTips, q.document(as), as.anchors(q.Recipients),
		func(came *incoming) *freebusy.Error {
			message, failure := came.message()
			if failure == nil {
				answers, failure = mailTipsReader{reader{origin: came.origin}, q}.answers(message)
			}
			return failure
		})
	if failure != nil {
		return mailTipsFailed(len(q.Recipients), failure)
	}
	return answers
}
