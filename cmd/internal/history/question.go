package history

import (
	"slices"
	"time"

	"availproxy/freebusy"
)

// Asker is who asked, in the words of the mechanism that has proved it. The zero
// Asker is nobody by name.
type Asker struct{ Mechanism, Name, Realm string }

// question is what was asked and answered, as far as traces must not tell it.
type question struct {
	by        Asker
	requester string // SMTP address of the person it was for; "" where none was named
	window    freebusy.Window
	detail    freebusy.Detail
	interval  time.Duration
	mailboxes []mailbox
	origins   []freebusy.Origin // that mailboxes refer to
	err       error             // in place of answers
	failed    bool              // somebody has no answer
	size      int               // bytes, about
}

// mailbox is how it went with one.
type mailbox struct {
	freebusy.Mailbox
	err    *freebusy.Error
	origin int // in origins; -1 is none
}

// note makes q that of asked, in the room that another question has left. It keeps
// nothing that is large.
func (q *question) note(by Asker, asked freebusy.Query, answers []freebusy.Answer, err error) {
	*q = question{
		by: by, requester: asked.Scope.Requester, window: asked.Window, detail: asked.Detail, interval: asked.Interval,
		mailboxes: slices.Grow(q.mailboxes[:0], len(asked.Mailboxes)), origins: q.origins[:0], err: err,
	}
	q.failed = err != nil
	q.size = 256 + len(by.Name) + len(q.requester)
	for i := range asked.Mailboxes {
		m := mailbox{Mailbox: asked.Mailboxes[i], origin: -1}
		if i < len(answers) {
			m.err = answers[i].Err
			if c := answers[i].Calendar; c != nil {
				m.origin = q.origin(&c.Origin)
			}
		}
		q.failed = q.failed || m.err != nil
		q.size += 64 + len(m.Address)
		q.mailboxes = append(q.mailboxes, m)
	}
}

// origin is the place of that one. Most are like the one before.
func (q *question) origin(of *freebusy.Origin) int {
	for i := len(q.origins) - 1; i >= 0; i-- {
		if q.origins[i] == *of {
			return i
		}
	}
	q.origins = append(q.origins, *of)
	q.size += 80 + len(of.URL) + len(of.RequestID)
	return len(q.origins) - 1
}

// copied is q for whoever reads on when its room is needed again.
func (q *question) copied() question {
	c := *q
	c.mailboxes, c.origins = slices.Clone(q.mailboxes), slices.Clone(q.origins)
	return c
}
