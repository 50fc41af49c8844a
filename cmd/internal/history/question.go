package history

import (
	"time"

	"availproxy/freebusy"
)

// Question is what was asked and answered, as far as traces must not tell it.
type Question struct {
	Principal, Mechanism string // of who asked; "" where nobody has logged on
	Requester            string // SMTP address of the person it was for; "" where none was named
	Window               freebusy.Window
	Detail               freebusy.Detail
	Interval             time.Duration

	mailboxes []mailbox
	origins   []freebusy.Origin // that mailboxes refer to
	err       error             // in place of answers
}

// mailbox is how it went with one.
type mailbox struct {
	freebusy.Mailbox
	err    *freebusy.Error
	origin int // in origins; -1 is none
}

// NewQuestion notes how q was answered, with err where it was not. It keeps
// nothing of either that is large.
func NewQuestion(q freebusy.Query, answers []freebusy.Answer, err error) *Question {
	asked := &Question{
		Requester: q.Scope.Requester, Window: q.Window, Detail: q.Detail, Interval: q.Interval,
		mailboxes: make([]mailbox, len(q.Mailboxes)), err: err,
	}
	for i, m := range q.Mailboxes {
		asked.mailboxes[i] = mailbox{Mailbox: m, origin: -1}
		if i < len(answers) {
			asked.answered(&asked.mailboxes[i], answers[i])
		}
	}
	return asked
}

func (q *Question) answered(m *mailbox, a freebusy.Answer) {
	m.err = a.Err
	if a.Calendar == nil {
		return
	}
	origin := a.Calendar.Origin
	for i := len(q.origins) - 1; i >= 0; i-- { // most are like the one before
		if q.origins[i] == origin {
			m.origin = i
			return
		}
	}
	q.origins = append(q.origins, origin)
	m.origin = len(q.origins) - 1
}

// failed reports whether somebody has no answer.
func (q *Question) failed() bool {
	if q.err != nil {
		return true
	}
	for i := range q.mailboxes {
		if q.mailboxes[i].err != nil {
			return true
		}
	}
	return false
}

// size is about how many bytes it holds.
func (q *Question) size() int {
	size := 256 + len(q.Principal) + len(q.Requester)
	for _, m := range q.mailboxes {
		size += 64 + len(m.Address)
	}
	for _, o := range q.origins {
		size += 80 + len(o.URL) + len(o.RequestID)
	}
	return size
}
