package ews

import (
	"cmp"
	"context"
	"fmt"

	"availproxy/freebusy"
)

var _ MailTipsSource = (*Client)(nil)

// MailTips implements [MailTipsSource]. What fails as a whole is the answer for
// each recipient. Nothing is remembered: senders want to know how it is now, and
// ask once for each message.
func (c *Client) MailTips(ctx context.Context, q MailTipsQuery) []MailTipsAnswer {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.Timeout, defaultTimeout))
	defer cancel()
	answers, failure := c.attemptMailTips(ctx, q)
	if failure != nil {
		failure.Err = fmt.Errorf("ews: asking %s: %w", c.URL, failure.Err)
		return mailTipsFailed(len(q.Recipients), failure)
	}
	return answers
}

func (c *Client) attemptMailTips(ctx context.Context, q MailTipsQuery) ([]MailTipsAnswer, *freebusy.Error) {
	request, err := c.newRequest(ctx, getMailTips, q.document(), q.Recipients)
	if err != nil {
		return nil, freebusy.ProxyFailed("The address of the endpoint is not valid", err)
	}
	response, err := c.sender().Do(request)
	if err != nil {
		return nil, unreachable(err)
	}
	defer hangUp(response.Body)
	message, failure := c.message(response)
	if failure != nil {
		return nil, failure
	}
	if fault := message.Fault(); fault != nil {
		return nil, readFault(fault)
	}
	return readMailTips(message, q)
}
