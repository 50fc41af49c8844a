package ews

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"availproxy/freebusy"
)

// MailTipsRouter asks the forest of each recipient, all at the same time, and
// keeps the caller's order. A forest that fails costs only its own recipients.
//
// Nothing is remembered: whoever writes wants to know how it is now, and asks
// once for each message. Nor is a recipient looked for again that is said to have
// moved; the next question about free/busy times does that.
type MailTipsRouter struct {
	Directory freebusy.Directory

	// Access says which tips about one of the recipients of q may be passed on
	// to whoever asks, or the Error that answers for it where none may. It knows
	// this from configuration alone and never blocks.
	Access func(ctx context.Context, q MailTipsQuery, recipient freebusy.Mailbox) (MailTipTypes, *freebusy.Error)

	// Forest is what asks one endpoint, with everything that guards it in front;
	// nil when there is no such connector any more, or its back end has no mail
	// tips.
	Forest func(connector, endpoint string) MailTipsSource
}

var _ MailTipsSource = (*MailTipsRouter)(nil)

// MailTips implements [MailTipsSource].
func (r *MailTipsRouter) MailTips(ctx context.Context, q MailTipsQuery) []MailTipsAnswer {
	answers := make([]MailTipsAnswer, len(q.Recipients))
	allowed := make([]MailTipTypes, len(q.Recipients))
	rest := q
	rest.Recipients = nil
	var places []int // of each recipient of rest
	for i, m := range q.Recipients {
		if allowed[i], answers[i].Err = r.Access(ctx, q, m); answers[i].Err == nil {
			rest.Recipients, places = append(rest.Recipients, m), append(places, i)
		}
	}
	for i, a := range r.spread(ctx, rest) {
		place := places[i]
		if a.Tips != nil {
			a.Tips = a.Tips.Only(q.Tips & allowed[place])
			a.Tips.Recipient = q.Recipients[place]
		}
		answers[place] = a
	}
	return answers
}

// spread asks the forests.
func (r *MailTipsRouter) spread(ctx context.Context, q MailTipsQuery) []MailTipsAnswer {
	ask := func(ctx context.Context, connector, endpoint string, recipients []freebusy.Mailbox) []MailTipsAnswer {
		forest := r.Forest(connector, endpoint)
		if forest == nil {
			return mailTipsFailed(len(recipients), MailTipsDisabled(errNoMailTips))
		}
		ctx, span := otel.Tracer("availproxy/ews").Start(ctx, "forest.mailtips", trace.WithAttributes(
			attribute.String("availproxy.forest", connector), attribute.Int("availproxy.mailboxes.count", len(recipients))))
		defer span.End()
		part := q
		part.Recipients = recipients
		return forest.MailTips(ctx, part)
	}
	return freebusy.Spread(ctx, r.Directory, q.Recipients, ask, func(err *freebusy.Error) MailTipsAnswer { return MailTipsAnswer{Err: err} })
}

var errNoMailTips = errors.New("ews: there is no such connector any more, or its back end has no mail tips")
