package forest

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// diary writes one Mailbox's events, week by week.
type diary struct {
	Mailbox
	rand *rand.Rand
}

var subjects = []string{"Planning", "Budget review", "Customer call", "Interview", "Q&A <draft>", "Besuch in Köln", "架构评审", "1:1"}
var places = []string{"", "Room Alder", "Room Birch", "Phone", "https://meet.example/x?a=1&b=2"}

// fill adds a week that begins at that Monday, 00:00 in the owner's zone. A full
// week has one of every odd case, other weeks have some of them.
func (d *diary) fill(monday time.Time, full bool) {
	if d.Kind == Room {
		d.bookings(monday)
		return
	}
	for day := range 5 {
		d.add(monday, day, "09:30", "09:45", Event{Busy: Busy, Subject: "Stand-up", Meeting: true, Recurring: true, Exception: day == 3})
		for range 1 + d.rand.IntN(3) {
			d.meeting(monday, day)
		}
	}
	for _, odd := range oddities {
		if full || d.rand.IntN(4) == 0 {
			d.add(monday, odd.day, odd.from, odd.to, odd.Event)
		}
	}
	if full {
		d.edges(monday)
	}
}

// bookings fills a room: short meetings, hardly a gap, never two at once.
func (d *diary) bookings(monday time.Time) {
	for day := range 5 {
		for hour := 8; hour < 18; hour++ {
			if d.rand.IntN(5) < 2 {
				d.add(monday, day, fmt.Sprintf("%02d:00", hour), fmt.Sprintf("%02d:%02d", hour, 30+15*d.rand.IntN(2)), Event{Busy: Busy, Subject: "Booked", Meeting: true})
			}
		}
	}
}

func (d *diary) meeting(monday time.Time, day int) {
	start := 8*60 + 15*d.rand.IntN(36)
	length := []int{15, 30, 30, 45, 60, 60, 90, 25}[d.rand.IntN(8)]
	clock := func(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
	d.add(monday, day, clock(start), clock(start+length), Event{
		Busy:     []BusyType{Busy, Busy, Busy, Tentative, OOF, WorkingElsewhere, Free}[d.rand.IntN(7)],
		Subject:  subjects[d.rand.IntN(len(subjects))],
		Location: places[d.rand.IntN(len(places))],
		Meeting:  true, Reminder: d.rand.IntN(2) == 0, Private: d.rand.IntN(8) == 0,
	})
}

// oddity is an entry on a day after Monday, from and to a clock that may show
// more than 24 hours.
type oddity struct {
	day      int
	from, to string
	Event
}

var oddities = []oddity{
	{0, "10:00", "12:00", Event{Busy: Tentative, Subject: "Maybe", Meeting: true}},
	{0, "11:00", "12:30", Event{Busy: Busy, Subject: "Over that", Meeting: true}},
	{0, "11:15", "11:30", Event{Busy: OOF, Subject: "And over both"}},
	{0, "14:07", "14:13", Event{Busy: Busy, Subject: "Crooked"}},
	{1, "10:00", "10:00", Event{Busy: Busy, Subject: "On the dot", Reminder: true}},
	{1, "15:10", "15:10", Event{Busy: OOF, Subject: "Between", Reminder: true}},
	{1, "16:00", "17:00", Event{Busy: Busy, Subject: "Doctor", Location: "Hospital", Private: true}},
	{1, "18:00", "19:00", Event{Busy: NoData, Subject: "Unclear"}},
	{2, "00:00", "24:00", Event{Busy: Free, Subject: "Feiertag", AllDay: true, Recurring: true}},
	{2, "22:30", "25:30", Event{Busy: Busy, Subject: "Night shift"}},
	{3, "00:00", "24:00", Event{Busy: OOF, Subject: "Day off", AllDay: true}},
	{3, "13:00", "35:00", Event{Busy: OOF, Subject: "Conference", Location: "Lisbon"}},
	{4, "09:00", "17:00", Event{Busy: WorkingElsewhere, Subject: "At home"}},
	{5, "00:00", "48:00", Event{Busy: OOF, Subject: "Weekend trip", AllDay: true}},
}

// edges adds entries that end or begin exactly where the week does, on the
// owner's clock and in UTC.
func (d *diary) edges(monday time.Time) {
	d.add(monday, -1, "22:00", "24:00", Event{Busy: Busy, Subject: "Ends as the week begins"})
	d.add(monday, 0, "00:00", "00:30", Event{Busy: Busy, Subject: "Begins with the week"})
	d.add(monday, 7, "00:00", "01:00", Event{Busy: Busy, Subject: "Begins as the week ends"})
	d.put(monday.Add(-time.Hour), monday, Event{Busy: Tentative, Subject: "Ends as the week begins in UTC"})
	d.put(monday.AddDate(0, 0, 7), monday.AddDate(0, 0, 7), Event{Busy: Busy, Subject: "Nothing at the end in UTC"})
}

// add puts an event on the owner's clock.
func (d *diary) add(monday time.Time, day int, from, to string, e Event) {
	at := func(clock string) time.Time {
		var hours, minutes int
		fmt.Sscanf(clock, "%d:%d", &hours, &minutes)
		y, m, dd := monday.Date()
		return d.Zone.Instant(time.Date(y, m, dd+day, hours, minutes, 0, 0, time.UTC))
	}
	d.put(at(from), at(to), e)
}

func (d *diary) put(start, end time.Time, e Event) {
	e.Start, e.End = start, end
	e.ID = fmt.Sprintf("AAMk%08X%04X", uint32(start.Unix()), len(d.Events))
	d.Events = append(d.Events, e)
}
