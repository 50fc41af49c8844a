package freebusy_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"availproxy/freebusy"
)

var ignoreUnexported = cmpopts.IgnoreUnexported(freebusy.Calendar{})

// detailed is a calendar with an ordinary and a private event, and one that
// shows only its time.
func detailed() *freebusy.Calendar {
	at := day.Start
	return &freebusy.Calendar{
		Detail: freebusy.Detailed,
		Events: []freebusy.Event{
			{Start: at, End: at.Add(time.Hour), Busy: freebusy.Busy, Details: &freebusy.Details{ID: "1", Subject: "Budget", Location: "Room 4", IsMeeting: true}},
			{Start: at, End: at.Add(time.Hour), Busy: freebusy.OOF, Details: &freebusy.Details{IsPrivate: true, IsRecurring: true}},
			{Start: at.Add(time.Hour), End: at.Add(2 * time.Hour), Busy: freebusy.Tentative},
		},
		Known:        day,
		AsOf:         at,
		WorkingHours: &freebusy.WorkingHours{Zone: berlin},
		Merged:       &freebusy.Merged{Start: at, Interval: time.Hour, Digits: "31"},
		Origin:       freebusy.Origin{Connector: "partner"},
	}
}

func TestLimitedTakesDetailsAway(t *testing.T) {
	c := detailed()
	want := detailed()
	want.Detail = freebusy.FreeBusy
	for i := range want.Events {
		want.Events[i].Details = nil
	}
	for _, d := range []freebusy.Detail{freebusy.MergedOnly, freebusy.FreeBusy} {
		if diff := cmp.Diff(want, c.Limited(d), ignoreUnexported); diff != "" {
			t.Errorf("Limited(%s) (-want +got):\n%s", d, diff)
		}
	}
	if diff := cmp.Diff(detailed(), c, ignoreUnexported); diff != "" {
		t.Errorf("Limited changed the calendar (-want +got):\n%s", diff)
	}
}

func TestLimitedIsTheCalendarItselfWhenItHoldsNoMore(t *testing.T) {
	tests := map[string]struct {
		calendar *freebusy.Calendar
		limit    freebusy.Detail
	}{
		"all details allowed":          {detailed(), freebusy.Detailed},
		"only times held":              {&freebusy.Calendar{Detail: freebusy.FreeBusy, Events: []freebusy.Event{{Busy: freebusy.Busy}}}, freebusy.FreeBusy},
		"only digits held":             {&freebusy.Calendar{Merged: &freebusy.Merged{}}, freebusy.FreeBusy},
		"the twin of another calendar": {detailed().Limited(freebusy.FreeBusy), freebusy.FreeBusy},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.calendar.Limited(tt.limit); got != tt.calendar {
				t.Errorf("Limited(%s) is another calendar: %+v", tt.limit, got.Events)
			}
		})
	}
}

func TestLimitedNeverShowsWhatIsPrivate(t *testing.T) {
	c := detailed()
	leak := &freebusy.Details{ID: "2", Subject: "Divorce", Location: "Court", IsPrivate: true, IsMeeting: true, IsReminderSet: true}
	c.Events[1].Details = leak

	want := detailed()
	want.Events[1].Details = &freebusy.Details{IsPrivate: true, IsMeeting: true, IsReminderSet: true}
	got := c.Limited(freebusy.Detailed)
	if diff := cmp.Diff(want, got, ignoreUnexported); diff != "" {
		t.Errorf("Limited(Detailed) (-want +got):\n%s", diff)
	}
	if got != c.Limited(freebusy.Detailed) {
		t.Error("a second Limited made another twin")
	}
	if leak.Subject != "Divorce" {
		t.Error("Limited changed the details that the calendar shares")
	}
}

func TestLimitedBelievesTheEventsAndNotTheirLabel(t *testing.T) {
	c := detailed()
	c.Detail = freebusy.FreeBusy // a source that said less than it gave
	for i, e := range c.Limited(freebusy.FreeBusy).Events {
		if e.Details != nil {
			t.Errorf("event %d has details %+v", i, e.Details)
		}
	}
}

func TestLimitedMakesOneTwinForAll(t *testing.T) {
	c := detailed()
	twins := make([]*freebusy.Calendar, 16)
	var all sync.WaitGroup
	for i := range twins {
		all.Go(func() { twins[i] = c.Limited(freebusy.FreeBusy) })
	}
	all.Wait()
	for i, twin := range twins {
		if twin != twins[0] {
			t.Errorf("caller %d got another twin", i)
		}
	}
}
