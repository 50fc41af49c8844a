package server

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"availproxy/cmd/internal/check"
	"availproxy/freebusy"
)

// backEnd is one of the two sources of a forest that has a shadow.
type backEnd struct {
	name   string // "ews" or "graph"
	source freebusy.Source
}

// checkBoth asks both back ends of a connector about one mailbox at the same time
// and tells in what they differ. q has that mailbox.
func checkBoth(ctx context.Context, connector string, served, other backEnd, q freebusy.Query) check.Finding {
	f := check.Finding{
		ID: "shadow.equal", Severity: check.Warn, Subject: fmt.Sprintf("%s, %s beside %s", connector, other.name, served.name),
		Expected: "the same answer from " + served.name + " and " + other.name,
	}
	ours, theirs := askBoth(ctx, served.source, other.source, q)
	switch {
	case theirs.Err != nil && ours.Err != nil:
		f.Seen = fmt.Sprintf("neither has a calendar\n%s: %s\n%s: %s", served.name, failure(ours.Err), other.name, failure(theirs.Err))
		f.Fix = cmp.Or(theirs.Err.Remedy(), "Give a mailbox that has a calendar.")
	case theirs.Err != nil:
		f.Seen = fmt.Sprintf("%s answers, and %s does not: %s", served.name, other.name, failure(theirs.Err))
		f.Fix = cmp.Or(theirs.Err.Remedy(), "Leave `backend` as it is until "+other.name+" answers.")
	default:
		f.Severity, f.Seen = compared(served.name, other.name, freebusy.Compare(ours, theirs, q.Window))
		if f.Severity != check.OK {
			f.Fix = "See in the calendar itself which answer is right before you change `backend`. Where somebody has just changed the calendar, check again."
		}
	}
	return f
}

// askBoth returns what either side knows about the mailbox of q.
func askBoth(ctx context.Context, served, other freebusy.Source, q freebusy.Query) (ours, theirs freebusy.Answer) {
	var asking sync.WaitGroup
	asking.Go(func() { ours = askOne(ctx, served, q) })
	asking.Go(func() { theirs = askOne(ctx, other, q) })
	asking.Wait()
	return ours, theirs
}

func askOne(ctx context.Context, source freebusy.Source, q freebusy.Query) (answer freebusy.Answer) {
	if err := freebusy.Deliver(ctx, source, q, func(_ int, a freebusy.Answer) { answer = a }); err != nil {
		return freebusy.Answer{Err: freebusy.AsError(err)}
	}
	return answer
}

// failure is err for the person who runs the check, its cause included.
func failure(err *freebusy.Error) string {
	text := err.Error()
	if err.Err != nil {
		text += "\n" + err.Err.Error()
	}
	return text
}

// mostLines is how many differences a finding lists.
const mostLines = 20

// compared words what was found. Nothing but what is documented is fine.
func compared(served, other string, found []freebusy.Difference) (check.Severity, string) {
	if len(found) == 0 {
		return check.OK, "the same for seven days"
	}
	severity := check.OK
	var lines []string
	for _, d := range found {
		if !d.Kind.Documented() {
			severity = check.Warn
		}
		lines = append(lines, fmt.Sprintf("%s: %s has %s, %s has %s", d.Kind.Means(), served, orNothing(d.Served), other, orNothing(d.Other)))
	}
	if more := len(lines) - mostLines; more > 0 {
		lines = append(lines[:mostLines], fmt.Sprintf("and %d more", more))
	}
	return severity, strings.Join(lines, "\n")
}

func orNothing(told string) string {
	if told == "" {
		return "nothing"
	}
	return told
}

// nextWeek is a question about the seven days from today on.
func nextWeek(m freebusy.Mailbox, detail freebusy.Detail) freebusy.Query {
	start := time.Now().UTC().Truncate(24 * time.Hour)
	return freebusy.Query{
		Mailboxes: []freebusy.Mailbox{m}, Window: freebusy.Window{Start: start, End: start.AddDate(0, 0, 7)},
		Detail: detail, Interval: 30 * time.Minute,
	}
}
