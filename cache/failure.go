package cache

import (
	"time"

	"availproxy/freebusy"
)

// failure is what a fetch came to.
type failure struct {
	err    *freebusy.Error
	forest string    // connector that the mailbox belongs to, "" when there is none
	at     time.Time // when it came
	lasts  time.Duration
	asked  course // what was asked for
}

// answers reports whether f is still the answer to q. What was wrong with a
// mailbox or with its forest is wrong for every question; what was wrong with a
// question, only for that one; and what was too much says nothing about less.
func (f *failure) answers(q freebusy.Query, now time.Time) bool {
	switch {
	case f == nil || since(f.at, now) >= f.lasts:
		return false
	case overLimit(f.err):
		return q.Window.Covers(f.asked.window)
	case f.err.OfQuestion():
		return f.asked.window == utc(q.Window) && f.asked.slot == int64(q.Interval)
	default:
		return true
	}
}

// overLimit reports whether less might have been answered: the other side counts
// entries and days.
func overLimit(err *freebusy.Error) bool {
	return err.Code == freebusy.ErrorResultSetTooBig || err.Code == freebusy.ErrorTimeIntervalTooBig
}

// mayPass reports whether err is such that what is held may stand in for it.
func mayPass(err *freebusy.Error) bool { return !err.Refusal() && !err.OfQuestion() }

// failed returns e after a failed fetch. A refusal leaves nothing of what was
// held; every other failure leaves it, to be served stale or to answer other
// questions. A complaint about one question does not end what a refusal says of
// all.
func (e entry) failed(f failure) entry {
	switch {
	case f.err.Refusal():
		return entry{failure: &f, narrow: e.narrow}
	case f.err.OfQuestion() && e.refuses(f.at):
		return e
	default:
		return entry{held: e.held, failure: &f, narrow: e.narrow}
	}
}

// refuses reports whether a refusal still holds.
func (e entry) refuses(now time.Time) bool {
	return e.failure != nil && e.failure.err.Refusal() && since(e.failure.at, now) < e.failure.lasts
}
