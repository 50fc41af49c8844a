package server

import (
	"context"
	"fmt"

	"availproxy/cmd/internal/config"
	"availproxy/ews"
	"availproxy/ews/authn"
	"availproxy/freebusy"
)

// mailTips is what may be passed on about m to whoever asks, for
// [ews.MailTipsRouter]: what the connector allows, and whether it is for this
// client. Where nobody knows m the Directory says so.
func (p policy) mailTips(ctx context.Context, m freebusy.Mailbox) (ews.MailTipTypes, *freebusy.Error) {
	name, ok := p.directory.ConnectorFor(m)
	if !ok {
		return ews.AllMailTips, nil
	}
	f := p.forests[name]
	if id, ok := authn.FromContext(ctx); ok && len(f.clients) > 0 && !f.clients.Name(id) {
		return 0, ews.MailTipsDisabled(fmt.Errorf("server: connector %s is not for %s", name, id))
	}
	switch {
	case f.connector.ActAs == config.ActAsRequester:
		return 0, ews.MailTipsDisabled(fmt.Errorf("server: connector %s acts as the requester, and mail tips are asked for in nobody's name", name))
	case f.connector.MailTipsAccess == config.AllMailTips:
		return ews.AllMailTips, nil
	case f.connector.MailTipsAccess == config.LimitedMailTips:
		return ews.LimitedMailTips, nil
	}
	return 0, ews.MailTipsDisabled(fmt.Errorf("server: connector %s has mail_tips_access None", name))
}

// mailTips is what asks an endpoint for mail tips, behind the same Limit as
// questions about free/busy times.
func (fs forests) mailTips(connector, endpoint string) ews.MailTipsSource {
	f, ok := fs[connector]
	if !ok {
		return nil
	}
	e := f.at(endpoint)
	return limitedMailTips{e.Limit, e.client}
}

type limitedMailTips struct {
	limit  *freebusy.Limit
	source ews.MailTipsSource
}

// MailTips implements [ews.MailTipsSource].
func (l limitedMailTips) MailTips(ctx context.Context, q ews.MailTipsQuery) (answers []ews.MailTipsAnswer) {
	refused := l.limit.Pass(ctx, func(note func(*freebusy.Error)) error {
		answers = l.source.MailTips(ctx, q)
		for _, a := range answers {
			note(a.Err)
		}
		return nil
	})
	if refused == nil {
		return answers
	}
	answers = make([]ews.MailTipsAnswer, len(q.Recipients))
	for i := range answers {
		answers[i].Err = refused
	}
	return answers
}
