package ews

import (
	"context"
	"sync"

	"availproxy/freebusy"
)

// MailTipsRouter asks the forest of each recipient, all at the same time, and
// keeps the caller's order. A forest that fails costs only its own recipients.
type MailTipsRouter struct {
	Directory freebusy.Directory

	// Access says which tips of m may be passed on to whoever asks, or the
	// Error that answers for m where none may. It does not block.
	Access func(ctx context.Context, m freebusy.Mailbox) (MailTipTypes, *freebusy.Error)

	// Forest is what asks one endpoint; nil when there is no such connector
	// any more, or its back end has no mail tips.
	Forest func(connector, endpoint string) MailTipsSource
}

var _ MailTipsSource = (*MailTipsRouter)(nil)

// MailTips implements [MailTipsSource].
func (r *MailTipsRouter) MailTips(ctx context.Context, q MailTipsQuery) []MailTipsAnswer {
	answers := make([]MailTipsAnswer, len(q.Recipients))
	var asking sync.WaitGroup
	for _, part := range r.parts(ctx, q, answers) {
		asking.Go(func() { r.ask(ctx, q, part, answers) })
	}
	asking.Wait()
	return answers
}

// mailTipsPart is what one forest is asked.
type mailTipsPart struct {
	connector, endpoint string
	allowed             MailTipTypes
	places              []int // of its recipients in the question
	addresses           []freebusy.Mailbox
}

// parts sorts the recipients by forest, and answers those that nobody is asked
// about.
func (r *MailTipsRouter) parts(ctx context.Context, q MailTipsQuery, answers []MailTipsAnswer) []*mailTipsPart {
	type at struct {
		connector, endpoint string
		allowed             MailTipTypes
	}
	var parts []*mailTipsPart
	known := map[at]*mailTipsPart{}
	for i, allowed := range r.allowed(ctx, q, answers) {
		if answers[i].Err != nil {
			continue
		}
		route := r.Directory.Routes(ctx, q.Recipients[i:i+1])[0]
		if route.Err != nil {
			answers[i].Err = route.Err
			continue
		}
		where := at{route.Connector, route.Endpoint, allowed}
		part := known[where]
		if part == nil {
			part = &mailTipsPart{connector: route.Connector, endpoint: route.Endpoint, allowed: allowed}
			known[where], parts = part, append(parts, part)
		}
		part.places, part.addresses = append(part.places, i), append(part.addresses, freebusy.SMTP(route.Address))
	}
	return parts
}

func (r *MailTipsRouter) allowed(ctx context.Context, q MailTipsQuery, answers []MailTipsAnswer) []MailTipTypes {
	all := make([]MailTipTypes, len(q.Recipients))
	for i, m := range q.Recipients {
		all[i], answers[i].Err = r.Access(ctx, m)
	}
	return all
}

// ask puts its part of q to a forest. It asks for nothing that may not be passed
// on, and passes on nothing else that comes.
func (r *MailTipsRouter) ask(ctx context.Context, q MailTipsQuery, part *mailTipsPart, answers []MailTipsAnswer) {
	forest := r.Forest(part.connector, part.endpoint)
	if forest == nil {
		for _, place := range part.places {
			answers[place].Err = mailTipsDisabled
		}
		return
	}
	allowed := q.Tips & part.allowed
	got := forest.MailTips(ctx, MailTipsQuery{SendingAs: q.SendingAs, Recipients: part.addresses, Tips: allowed})
	for n, place := range part.places {
		answers[place] = got[n]
		if tips := got[n].Tips; tips != nil {
			kept := tips.only(allowed)
			kept.Recipient = q.Recipients[place]
			answers[place].Tips = kept
		}
	}
}

// mailTipsDisabled is the answer for a recipient in an organisation whose mail
// tips are not shared (learn.microsoft.com responsecode).
var mailTipsDisabled = MailTipsDisabled(nil)

// MailTipsDisabled is the answer for a recipient whose mail tips are not passed
// on; cause says why.
func MailTipsDisabled(cause error) *freebusy.Error {
	return &freebusy.Error{Code: "ErrorMailTipsDisabled", Text: "MailTips have been disabled for the organization.", Err: cause}
}
