package server

import (
	"context"
	"fmt"
	"slices"

	"availproxy/cmd/internal/config"
	"availproxy/ews"
	"availproxy/freebusy"
	"availproxy/oauth"
)

// mailTips is what may be passed on about a recipient to whoever asks, for
// [ews.MailTipsRouter]: what the connector allows, and whether it is for this
// client. Where nobody knows the recipient the Directory says so.
func (p policy) mailTips(ctx context.Context, q ews.MailTipsQuery, recipient freebusy.Mailbox) (ews.MailTipTypes, *freebusy.Error) {
	name, ok := p.directory.ConnectorFor(recipient)
	if !ok {
		return ews.AllMailTips, nil
	}
	f := p.forests[name]
	if err := f.notFor(ctx); err != nil {
		return 0, ews.MailTipsDisabled(err)
	}
	tips := f.mailTips()
	if tips == 0 {
		return 0, ews.MailTipsDisabled(fmt.Errorf("server: connector %s has mail_tips_access None", name))
	}
	if of, ok := p.directory.ConnectorFor(q.SendingAs); ok {
		// Somebody of the other side: it would tell us what is for its own people.
		return 0, ews.SendAsDenied(fmt.Errorf("server: SendingAs is a mailbox of connector %s and none of ours", of))
	}
	if _, err := p.narrow(q.Scope, recipient); err != nil {
		return 0, ews.MailTipsDisabled(err.Err)
	}
	return tips, nil
}

// mailTips are those that a connector passes on of any recipient.
func (f *forest) mailTips() ews.MailTipTypes {
	if f.connector.Backend == config.GraphBackend {
		return 0
	}
	switch f.connector.MailTipsAccess {
	case config.AllMailTips:
		return ews.AllMailTips
	case config.LimitedMailTips:
		return ews.LimitedMailTips
	}
	return 0
}

// mailTips returns what asks endpoint for mail tips, for [ews.MailTipsRouter].
func (fs forests) mailTips(connector, endpoint string) ews.MailTipsSource {
	f, ok := fs[connector]
	if !ok || f.graph != nil && endpoint == f.graph.url {
		return nil // Graph is not asked for mail tips
	}
	e := f.endpoint(endpoint)
	return ews.MailTipsAtMost{Tips: f.mailTips(), Source: guarded{f, e}}
}

// guarded asks for mail tips behind the Limit of the endpoint, which questions
// about free/busy times share, and in the requester's name as far as the token of
// the connector knows of requesters. It asks for nobody whom the connector is not
// for: a redirection may have led here from one that is.
type guarded struct {
	forest *forest
	endpoint
}

// MailTips implements [ews.MailTipsSource].
func (g guarded) MailTips(ctx context.Context, q ews.MailTipsQuery) (answers []ews.MailTipsAnswer) {
	if err := g.forest.notFor(ctx); err != nil {
		return refuseTips(q, ews.MailTipsDisabled(err))
	}
	refusal := g.Pass(ctx, func(note func(*freebusy.Error)) error {
		return g.watch.Pass(ctx, func(count func(*freebusy.Error)) error {
			answers = g.client.MailTips(oauth.WithUser(ctx, q.Scope.Requester), q)
			for _, a := range answers {
				note(a.Err)
				count(a.Err)
			}
			return nil
		})
	})
	if refusal == nil {
		return answers
	}
	return refuseTips(q, refusal)
}

func refuseTips(q ews.MailTipsQuery, refusal *freebusy.Error) []ews.MailTipsAnswer {
	return slices.Repeat([]ews.MailTipsAnswer{{Err: refusal}}, len(q.Recipients))
}
