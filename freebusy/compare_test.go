package freebusy_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"availproxy/freebusy"
)

func told(events ...freebusy.Event) freebusy.Answer {
	return freebusy.Answer{Calendar: &freebusy.Calendar{Detail: freebusy.FreeBusy, Known: day, Events: events}}
}

func withText(e freebusy.Event, d freebusy.Details) freebusy.Event {
	e.Details = &d
	return e
}

func working(zone freebusy.TimeZone, from, to int, days ...time.Weekday) freebusy.Answer {
	a := told()
	a.Calendar.WorkingHours = &freebusy.WorkingHours{Zone: zone, Periods: []freebusy.WorkingPeriod{{Days: days, Start: from * 60, End: to * 60}}}
	return a
}

func slots(digits string) freebusy.Answer {
	return freebusy.Answer{Calendar: &freebusy.Calendar{Known: day, Merged: &freebusy.Merged{Start: day.Start, Interval: 6 * time.Hour, Digits: digits}}}
}

func TestCompare(t *testing.T) {
	at := func(from, to string, busy freebusy.BusyType) freebusy.Event { return event(t, from, to, busy) }
	nine := at("9:00", "10:00", freebusy.Busy)
	budget := withText(nine, freebusy.Details{ID: "1", Subject: "Budget", IsMeeting: true, IsRecurring: true})
	refused := freebusy.Answer{Err: freebusy.NoFreeBusyAccess(nil)}
	unknown := freebusy.Answer{Err: freebusy.MailRecipientNotFound(freebusy.SMTP("a@x"), nil)}
	inBerlin := func(events ...freebusy.Event) freebusy.Answer {
		a := told(events...)
		a.Calendar.WorkingHours = &freebusy.WorkingHours{Zone: berlin}
		return a
	}
	sameRules := berlin
	sameRules.Bias, sameRules.Standard.Bias, sameRules.Daylight.Bias = 0, sameRules.Bias, sameRules.Bias-60
	tests := map[string]struct {
		served, other freebusy.Answer
		want          []freebusy.Difference
	}{
		"two empty calendars": {told(), told(), nil},
		"the same in another order": {
			told(nine, at("9:00", "10:00", freebusy.OOF), at("8:00", "8:30", freebusy.Free)),
			told(at("8:00", "8:30", freebusy.Free), at("9:00", "10:00", freebusy.OOF), nine), nil,
		},
		"parts of seconds": {told(nine), told(freebusy.Event{Start: nine.Start.Add(time.Millisecond), End: nine.End, Busy: freebusy.Busy}), nil},
		"an event that the other side does not have": {told(nine), told(), []freebusy.Difference{
			{freebusy.OnlyServed, "2008-01-30 09:00 to 10:00 UTC Busy", ""},
		}},
		"one of two equal events": {told(nine, nine), told(nine), []freebusy.Difference{
			{freebusy.OnlyServed, "2008-01-30 09:00 to 10:00 UTC Busy", ""},
		}},
		"an event that only the other side has": {told(), told(at("23:00", "25:00", freebusy.Tentative)), []freebusy.Difference{
			{freebusy.OnlyOther, "", "2008-01-30 23:00 to 2008-01-31 01:00 UTC Tentative"},
		}},
		"an event outside of the window": {told(), told(at("-2:00", "0:00", freebusy.Busy)), nil},
		"an event that was moved": {told(nine), told(at("9:30", "10:30", freebusy.Busy)), []freebusy.Difference{
			{freebusy.TimeMoved, "2008-01-30 09:00 to 10:00 UTC Busy", "2008-01-30 09:30 to 10:30 UTC Busy"},
		}},
		"an event that was moved away": {told(nine), told(at("10:00", "11:00", freebusy.Busy)), []freebusy.Difference{
			{freebusy.OnlyServed, "2008-01-30 09:00 to 10:00 UTC Busy", ""},
			{freebusy.OnlyOther, "", "2008-01-30 10:00 to 11:00 UTC Busy"},
		}},
		"of two candidates, the one that is nearer was moved": {
			told(at("9:00", "12:00", freebusy.Busy)), told(at("9:00", "9:10", freebusy.Busy), at("9:00", "11:30", freebusy.Busy)), []freebusy.Difference{
				{freebusy.TimeMoved, "2008-01-30 09:00 to 12:00 UTC Busy", "2008-01-30 09:00 to 11:30 UTC Busy"},
				{freebusy.OnlyOther, "", "2008-01-30 09:00 to 09:10 UTC Busy"},
			},
		},
		"another busy type": {told(nine), told(at("9:00", "10:00", freebusy.Tentative)), []freebusy.Difference{
			{freebusy.BusyTypeDiffers, "2008-01-30 09:00 to 10:00 UTC Busy", "2008-01-30 09:00 to 10:00 UTC Tentative"},
		}},
		"flags and the ID, which Graph does not have":   {told(budget), told(withText(nine, freebusy.Details{Subject: "Budget"})), nil},
		"no details, of an event that has no text":      {told(withText(nine, freebusy.Details{ID: "1"})), told(nine), nil},
		"a private event, of which Graph says only so":  {told(withText(nine, freebusy.Details{IsPrivate: true, IsMeeting: true})), told(withText(nine, freebusy.Details{IsPrivate: true})), nil},
		"two events at once, each with its own subject": {told(budget, withText(nine, freebusy.Details{Subject: "Audit"})), told(withText(nine, freebusy.Details{Subject: "Audit"}), budget), nil},
		"another subject, which is not told": {told(budget), told(withText(nine, freebusy.Details{Subject: "Layoffs"})), []freebusy.Difference{
			{freebusy.TextDiffers, "2008-01-30 09:00 to 10:00 UTC Busy", "2008-01-30 09:00 to 10:00 UTC Busy"},
		}},
		"a subject that is private elsewhere": {told(withText(nine, freebusy.Details{IsPrivate: true})), told(budget), []freebusy.Difference{
			{freebusy.TextDiffers, "2008-01-30 09:00 to 10:00 UTC Busy", "2008-01-30 09:00 to 10:00 UTC Busy"},
		}},
		"no details for anything": {told(nine), told(budget), []freebusy.Difference{{freebusy.DetailGranted, "FreeBusy", "Detailed"}}},
		"less detail, told once":  {told(budget, withText(at("8:00", "9:00", freebusy.Busy), freebusy.Details{Location: "1"})), told(nine, at("8:00", "9:00", freebusy.Busy)), []freebusy.Difference{{freebusy.DetailGranted, "Detailed", "FreeBusy"}}},

		"whole days from midnight in Beijing and in UTC": {told(at("-8:00", "16:00", freebusy.OOF)), told(at("0:00", "24:00", freebusy.OOF)), []freebusy.Difference{
			{freebusy.WholeDayFloats, "2008-01-29 16:00 to 2008-01-30 16:00 UTC OOF", "2008-01-30 00:00 to 2008-01-31 00:00 UTC OOF"},
		}},
		"two whole days, one of which has 23 hours": {told(at("-1:00", "46:00", freebusy.Free)), told(at("0:00", "48:00", freebusy.Free)), []freebusy.Difference{
			{freebusy.WholeDayFloats, "2008-01-29 23:00 to 2008-01-31 22:00 UTC Free", "2008-01-30 00:00 to 2008-02-01 00:00 UTC Free"},
		}},
		"whole days of which neither begins at midnight": {told(at("-8:00", "16:00", freebusy.OOF)), told(at("-7:00", "17:00", freebusy.OOF)), []freebusy.Difference{
			{freebusy.TimeMoved, "2008-01-29 16:00 to 2008-01-30 16:00 UTC OOF", "2008-01-29 17:00 to 2008-01-30 17:00 UTC OOF"},
		}},
		"a whole day that floats out of the window": {inBerlin(at("23:00", "47:00", freebusy.OOF)), inBerlin(), []freebusy.Difference{
			{freebusy.WholeDayFloats, "2008-01-30 23:00 to 2008-01-31 23:00 UTC OOF", ""},
		}},
		"days that would float to where the other side has nothing": {inBerlin(), inBerlin(at("-24:00", "0:01", freebusy.OOF), at("-1:00", "23:00", freebusy.OOF)), []freebusy.Difference{
			{freebusy.OnlyOther, "", "2008-01-29 00:00 to 2008-01-30 00:01 UTC OOF"},
			{freebusy.OnlyOther, "", "2008-01-29 23:00 to 2008-01-30 23:00 UTC OOF"},
		}},
		"a whole day that is missing in the middle": {inBerlin(at("-1:00", "23:00", freebusy.OOF)), inBerlin(), []freebusy.Difference{
			{freebusy.OnlyServed, "2008-01-29 23:00 to 2008-01-30 23:00 UTC OOF", ""},
		}},

		"the same refusal":                {refused, freebusy.Answer{Err: freebusy.NoFreeBusyAccess(nil)}, nil},
		"a calendar for one that refuses": {refused, told(nine), []freebusy.Difference{{freebusy.CodeDiffers, "ErrorNoFreeBusyAccess", "NoError"}}},
		"another refusal":                 {refused, unknown, []freebusy.Difference{{freebusy.CodeDiffers, "ErrorNoFreeBusyAccess", "ErrorMailRecipientNotFound"}}},

		"the same digits":                          {slots("0123"), slots("0123"), nil},
		"no data, which is free":                   {slots("0423"), slots("0023"), nil},
		"digits that follow from the other events": {slots("0020"), told(at("13:00", "14:00", freebusy.Busy)), []freebusy.Difference{{freebusy.DetailGranted, "MergedOnly", "FreeBusy"}}},
		"digits that do not": {told(at("0:00", "12:00", freebusy.Busy), at("20:00", "21:00", freebusy.OOF)), slots("0012"), []freebusy.Difference{
			{freebusy.DetailGranted, "FreeBusy", "MergedOnly"},
			{freebusy.OnlyServed, "2008-01-30 00:00 to 12:00 UTC Busy", ""},
			{freebusy.OnlyOther, "", "2008-01-30 12:00 to 18:00 UTC Tentative"},
			{freebusy.BusyTypeDiffers, "2008-01-30 18:00 to 2008-01-31 00:00 UTC OOF", "2008-01-30 18:00 to 2008-01-31 00:00 UTC Busy"},
		}},
		"digits without slots": {freebusy.Answer{Calendar: &freebusy.Calendar{Merged: &freebusy.Merged{Digits: "2"}}}, slots("0000"), nil},

		"a zone that is written otherwise": {working(berlin, 8, 17, time.Monday), working(sameRules, 8, 17, time.Monday), nil},
		"other working hours": {working(berlin, 8, 17, time.Monday, time.Friday), working(berlin, 9, 17, time.Monday, time.Friday), []freebusy.Difference{
			{freebusy.WorkingHoursDiffers, "Mon Fri 08:00 to 17:00, UTC+01:00", "Mon Fri 09:00 to 17:00, UTC+01:00"},
		}},
		"the same hours in another zone": {working(berlin, 8, 17, time.Monday), working(freebusy.TimeZone{}, 8, 17, time.Monday), []freebusy.Difference{
			{freebusy.WorkingHoursDiffers, "Mon 08:00 to 17:00, UTC+01:00", "Mon 08:00 to 17:00, UTC+00:00"},
		}},
		"no working hours": {working(berlin, 8, 17, time.Monday), told(), []freebusy.Difference{
			{freebusy.WorkingHoursDiffers, "Mon 08:00 to 17:00, UTC+01:00", ""},
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, freebusy.Compare(tt.served, tt.other, day)); diff != "" {
				t.Errorf("Compare (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(reversed(tt.want), counted(freebusy.Compare(tt.other, tt.served, day))); diff != "" {
				t.Errorf("Compare the other way round (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAWholeDayOfGraphAtTheEdge has a window from late on: the day of UTC reaches
// into it, and that of Berlin has ended.
func TestAWholeDayOfGraphAtTheEdge(t *testing.T) {
	late := freebusy.Window{Start: day.End.Add(-30 * time.Minute), End: day.End.Add(6 * time.Hour)}
	hours := &freebusy.WorkingHours{Zone: berlin}
	graph := told(event(t, "0:00", "24:00", freebusy.OOF))
	ews := told()
	graph.Calendar.WorkingHours, ews.Calendar.WorkingHours = hours, hours
	want := []freebusy.Difference{{Kind: freebusy.WholeDayFloats, Other: "2008-01-30 00:00 to 2008-01-31 00:00 UTC OOF"}}
	if diff := cmp.Diff(want, freebusy.Compare(ews, graph, late)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// counted is how often each difference stands in all.
func counted(all []freebusy.Difference) map[freebusy.Difference]int {
	count := map[freebusy.Difference]int{}
	for _, d := range all {
		count[d]++
	}
	return count
}

// reversed is all as one finds it with the sides exchanged.
func reversed(all []freebusy.Difference) map[freebusy.Difference]int {
	count := map[freebusy.Difference]int{}
	for _, d := range all {
		switch d.Kind {
		case freebusy.OnlyServed:
			d.Kind = freebusy.OnlyOther
		case freebusy.OnlyOther:
			d.Kind = freebusy.OnlyServed
		}
		d.Served, d.Other = d.Other, d.Served
		count[d]++
	}
	return count
}

// anyAnswer draws from few times, so that many events are nearly alike.
func anyAnswer(t *rapid.T, label string) freebusy.Answer {
	a := told(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) freebusy.Event {
		start := day.Start.Add(time.Duration(rapid.IntRange(-8, 8).Draw(t, "start")) * time.Hour)
		e := freebusy.Event{
			Start: start, End: start.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 2, 3, 23, 24, 25, 48}).Draw(t, "length")) * time.Hour),
			Busy: freebusy.BusyType(rapid.IntRange(1, 2).Draw(t, "busy")),
		}
		if rapid.Bool().Draw(t, "details") {
			e.Details = &freebusy.Details{Subject: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "subject"), Location: rapid.SampledFrom([]string{"", "c"}).Draw(t, "location")}
		}
		return e
	}), 0, 8).Draw(t, label)...)
	switch rapid.IntRange(0, 8).Draw(t, "else") {
	case 0:
		return freebusy.Answer{Err: rapid.SampledFrom([]*freebusy.Error{freebusy.NoFreeBusyAccess(nil), freebusy.TimeoutExpired(nil)}).Draw(t, "error")}
	case 1:
		return slots(rapid.StringMatching(`[0-4]{4}`).Draw(t, "digits"))
	case 2:
		a.Calendar.WorkingHours = &freebusy.WorkingHours{Zone: berlin, Periods: []freebusy.WorkingPeriod{{Days: []time.Weekday{time.Monday}, Start: 60, End: 120}}}
	}
	return a
}

func TestACalendarEqualsItselfInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAnswer(t, "events")
		shuffled := a
		if a.Calendar != nil {
			copied := freebusy.Calendar{Detail: a.Calendar.Detail, Merged: a.Calendar.Merged, WorkingHours: a.Calendar.WorkingHours}
			copied.Events = rapid.Permutation(slices.Clone(a.Calendar.Events)).Draw(t, "order")
			shuffled.Calendar = &copied
		}
		if found := freebusy.Compare(a, shuffled, day); found != nil {
			t.Errorf("found %+v", found)
		}
	})
}

func TestDifferencesAreTheSameTheOtherWayRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyAnswer(t, "served"), anyAnswer(t, "other")
		if diff := cmp.Diff(reversed(freebusy.Compare(a, b, day)), counted(freebusy.Compare(b, a, day))); diff != "" {
			t.Errorf("(-reversed +compared):\n%s", diff)
		}
	})
}

// TestEveryPlantedEventIsFound takes away one event of a calendar whose other
// events do not look like it.
func TestEveryPlantedEventIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAnswer(t, "events")
		if a.Calendar == nil || a.Calendar.Merged != nil {
			t.Skip("no events")
		}
		planted := freebusy.Event{Start: day.Start.Add(90 * time.Minute), End: day.Start.Add(100 * time.Minute), Busy: freebusy.OOF}
		b := told(append(slices.Clone(a.Calendar.Events), planted)...)
		b.Calendar.WorkingHours = a.Calendar.WorkingHours
		want := []freebusy.Difference{{Kind: freebusy.OnlyOther, Other: "2008-01-30 01:30 to 01:40 UTC OOF"}}
		if diff := cmp.Diff(want, freebusy.Compare(a, b, day)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
