package server

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"availproxy/cmd/internal/check"
	"availproxy/freebusy"
)

// saying is a Source that gives one answer, or fails.
type saying struct {
	answer freebusy.Answer
	err    error
}

func (s saying) Availability(context.Context, freebusy.Query) ([]freebusy.Answer, error) {
	if s.err != nil {
		return nil, s.err
	}
	return []freebusy.Answer{s.answer}, nil
}

func TestCheckComparesBothBackEnds(t *testing.T) {
	q := nextWeek(freebusy.SMTP("li.na@contoso.example"), freebusy.Detailed)
	having := func(hours int, count int) saying {
		c := &freebusy.Calendar{Detail: freebusy.Detailed, Known: q.Window}
		for i := range count {
			start := q.Window.Start.Add(time.Duration(i) * time.Hour)
			c.Events = append(c.Events, freebusy.Event{
				Start: start, End: start.Add(time.Duration(hours) * time.Hour), Busy: freebusy.Busy, Details: &freebusy.Details{Subject: "Layoffs"},
			})
		}
		return saying{answer: freebusy.Answer{Calendar: c}}
	}
	wholeDays := having(24, 1)
	shifted := having(24, 1)
	shifted.answer.Calendar.Events[0].Start = q.Window.Start.Add(-8 * time.Hour)
	shifted.answer.Calendar.Events[0].End = q.Window.Start.Add(16 * time.Hour)
	date := q.Window.Start.Format(time.DateOnly)
	tests := map[string]struct {
		ews, graph freebusy.Source
		severity   check.Severity
		seen       string // as it begins
		fix        string // part of it
	}{
		"the same":                    {having(1, 3), having(1, 3), check.OK, "the same for seven days", ""},
		"only what is documented":     {shifted, wholeDays, check.OK, "whole days from another midnight, as documented: ews has ", ""},
		"an event is missing":         {having(1, 1), having(1, 0), check.Warn, "missing on the other side: ews has " + date + " 00:00 to 01:00 UTC Busy, graph has nothing", "in the calendar itself"},
		"an event was moved":          {having(1, 1), having(2, 1), check.Warn, "at another time: ews has " + date + " 00:00 to 01:00 UTC Busy, graph has " + date + " 00:00 to 02:00 UTC Busy", "check again"},
		"graph fails":                 {having(1, 1), saying{err: errors.New("no route")}, check.Warn, "ews answers, and graph does not: ErrorProxyRequestProcessingFailed", "token"},
		"graph refuses":               {having(1, 1), saying{answer: freebusy.Answer{Err: freebusy.NoFreeBusyAccess(nil)}}, check.Warn, "ews answers, and graph does not: ErrorNoFreeBusyAccess", "permission"},
		"ews fails":                   {saying{err: errors.New("no route")}, having(1, 1), check.Warn, "another code: ews has ErrorProxyRequestProcessingFailed, graph has NoError", "in the calendar itself"},
		"neither has the mailbox":     {saying{answer: freebusy.Answer{Err: freebusy.NoFreeBusyAccess(nil)}}, saying{answer: freebusy.Answer{Err: freebusy.NoFreeBusyAccess(nil)}}, check.Warn, "neither has a calendar", "permission"},
		"more than anybody will read": {having(1, 0), having(1, 30), check.Warn, "only on the other side", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := checkBoth(t.Context(), "ToCloud", backEnd{"ews", tt.ews}, backEnd{"graph", tt.graph}, q)
			if f.ID != "shadow.equal" || f.Subject != "ToCloud, graph beside ews" || f.Severity != tt.severity || !strings.HasPrefix(f.Seen, tt.seen) {
				t.Errorf("got %+v, want %s: %s", f, tt.severity, tt.seen)
			}
			if (f.Severity == check.OK) != (f.Fix == "") || !strings.Contains(f.Fix, tt.fix) {
				t.Errorf("the fix is %q, want %q", f.Fix, tt.fix)
			}
			if lines := strings.Count(f.Seen, "\n") + 1; lines > 21 || strings.Contains(f.Seen, "Layoffs") {
				t.Errorf("it lists %d lines: %s", lines, f.Seen)
			}
		})
	}
}
