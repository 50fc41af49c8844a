package discovery

import (
	"strings"
	"time"
)

// Lifetimes say for how long what was learnt is used. A zero field is its
// default.
type Lifetimes struct {
	Fresh time.Duration // used without a second thought; default 12 h, a tenth more or less
	Stale time.Duration // still used for a whole forest while it is looked up again; default 7 d

	UserFresh time.Duration // as Fresh, for one mailbox that deviates; default 12 h
	UserStale time.Duration // as Stale, for one mailbox that deviates; default 24 h

	NotFound     time.Duration // that a mailbox is unknown, or is ours; default 10 min
	NotAvailable time.Duration // that the URL of a mailbox is not given away; default 5 min
}

func (l Lifetimes) withDefaults() Lifetimes {
	set := func(d *time.Duration, byDefault time.Duration) {
		if *d == 0 {
			*d = byDefault
		}
	}
	set(&l.Fresh, 12*time.Hour)
	set(&l.Stale, 7*24*time.Hour)
	set(&l.UserFresh, 12*time.Hour)
	set(&l.UserStale, 24*time.Hour)
	set(&l.NotFound, 10*time.Minute)
	set(&l.NotAvailable, 5*time.Minute)
	return l
}

// outcome is what a forest says about one mailbox: exactly one field is set.
type outcome struct {
	endpoint string // URL of Exchange Web Services
	address  string // by which the mailbox is to be looked up instead
	err      *Error
}

// term is how long something is used, and how long after that in need.
type term struct{ fresh, stale time.Time }

func (t term) usable(now time.Time) bool  { return now.Before(t.stale) }
func (t term) isFresh(now time.Time) bool { return now.Before(t.fresh) }

func (t term) origin(now time.Time) origin {
	if t.isFresh(now) {
		return fromFresh
	}
	return fromStale
}

// defaultRoute is where the mailboxes of a forest are asked for unless one is
// known to deviate. A cloud of a million mailboxes needs only this.
type defaultRoute struct {
	endpoint string
	learnt   time.Time
	term     term
}

// userKey names a mailbox at a connector.
type userKey struct{ connector, address string }

func (p place) key() userKey { return userKey{p.forest.Name, strings.ToLower(p.address)} }

// userRoute is what is known about one mailbox beyond the default.
type userRoute struct {
	outcome outcome // zero: it goes by the default
	term    term
	suspect bool      // Failed since
	asked   time.Time // when it was last looked up because it was suspect
}

func (r userRoute) deviates(now time.Time) bool { return r.outcome != outcome{} && r.term.usable(now) }

// term is how long an outcome for one mailbox is used; zero for what is not
// remembered, because it says more about the service than about the mailbox.
func (l Lifetimes) term(o outcome, now time.Time) term {
	if o.err == nil {
		return term{now.Add(jittered(l.UserFresh)), now.Add(l.UserStale)}
	}
	switch o.err.Kind {
	case UnknownUser, MovedToSource, Refused:
		return term{now.Add(l.NotFound), now.Add(l.NotFound)}
	case SettingNotAvailable:
		return term{now.Add(l.NotAvailable), now.Add(l.NotAvailable)}
	}
	return term{}
}
