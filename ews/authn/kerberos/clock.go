package kerberos

import (
	"time"
)

// checkTicket is about the clocks of the domain controller and ours (RFC 4120
// 3.2.3).
func (l *logon) checkTicket(now time.Time, skew time.Duration) error {
	switch {
	case l.invalid:
		return refuse(TicketNotYet, "kerberos: the ticket of %q was postdated and never made valid", l.client)
	case l.from.Sub(now) > skew:
		return refuse(TicketNotYet, "kerberos: the ticket of %q is good from %s on by the clock of the domain controller, and our clock says %s",
			l.client, clock(l.from), clock(now))
	case now.Sub(l.till) > skew:
		return refuse(TicketExpired, "kerberos: the ticket of %q was good until %s by the clock of the domain controller, and our clock says %s",
			l.client, clock(l.till), clock(now))
	}
	return nil
}

// checkClock is about the clocks of the caller and ours.
func (l *logon) checkClock(now time.Time, skew time.Duration) error {
	apart := now.Sub(l.made)
	if apart.Abs() <= skew {
		return nil
	}
	return refuse(ClockSkew, "kerberos: the clock of %q says %s, ours says %s: %s apart, and max_skew is %s; let both follow the domain controller's",
		l.client, clock(l.made), clock(now), apart.Abs().Round(time.Second), skew)
}

func clock(t time.Time) string { return t.UTC().Format(time.RFC3339) }
