package server_test

import (
	"math/rand/v2"
	"strings"
	"time"

	"availproxy/integration/forest"
)

// places are zones of both hemispheres, with half and quarter hours, with and
// without daylight time, by their name in the tz database.
var places = []string{
	"Etc/UTC", "Africa/Monrovia", "Europe/Berlin", "America/Los_Angeles", "Asia/Shanghai", "Australia/Sydney", "Asia/Kolkata",
	"Asia/Kathmandu", "America/New_York", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Chatham", "Asia/Tokyo", "Europe/London",
}

// rules are zones that only a rule describes.
var rules = []forest.Zone{
	{Name: "UTC as DavMail writes it", Standard: forest.Switch{Month: time.March, DayOrder: 1, Time: "02:00:00"}, Daylight: forest.Switch{Month: time.October, DayOrder: 1, Time: "02:00:00"}},
	{Name: "China as exchangelib writes it", Bias: -480, Standard: forest.Switch{Month: time.January, DayOrder: 1, Time: "00:00:00"}, Daylight: forest.Switch{Month: time.January, DayOrder: 1, Time: "00:00:00"}},
	{Name: "a bias in standard time", Bias: -400, Standard: forest.Switch{Bias: -80, Time: "00:00:00"}},
	{Name: "minutes that no place has", Bias: 37},
	{Name: "Dublin the wrong way round", Bias: -60, Standard: forest.Switch{Month: time.March, DayOrder: 5, Time: "01:00:00"}, Daylight: forest.Switch{Bias: 60, Month: time.October, DayOrder: 5, Time: "02:00:00"}},
	{Name: "dates of one year", Bias: -120, Standard: forest.Switch{Month: time.October, DayOrder: 31, Time: "02:00:00", Year: 2026}, Daylight: forest.Switch{Bias: -60, Month: time.April, DayOrder: 2, Time: "02:00:00", Year: 2026}},
	{Name: "midnight on the fourth Friday", Bias: -120, Standard: forest.Switch{Month: time.October, DayOrder: 4, DayOfWeek: time.Friday, Time: "00:00:00"}, Daylight: forest.Switch{Bias: -60, Month: time.March, DayOrder: 4, DayOfWeek: time.Friday, Time: "00:00:00"}},
}

// draw draws one question about the weeks around week. The same generator draws
// the same.
func draw(r *rand.Rand, week time.Time) drawn {
	d := drawn{asker: asker{generation: pick(r, forest.Exchange2007, forest.Exchange2010, forest.Exchange2013)}}
	d.drawZone(r)
	d.drawWindow(r, week)
	d.drawInterval(r)
	d.View = pick(r, "MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged", "FreeBusy MergedOnly", "MergedOnly FreeBusy", "Detailed None FreeBusyMerged")
	for range 1 + r.IntN(8) {
		d.Mailboxes = append(d.Mailboxes, address(r))
	}
	for range r.IntN(3) {
		d.Mailboxes = append(d.Mailboxes, strings.ToUpper(pick(r, d.Mailboxes...)))
	}
	if r.IntN(50) == 0 {
		for len(d.Mailboxes) < 100 {
			d.Mailboxes = append(d.Mailboxes, address(r))
		}
	}
	if r.IntN(30) == 0 {
		d.spoil(r)
	}
	return d
}

func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

func (d *drawn) drawZone(r *rand.Rand) {
	if r.IntN(4) == 0 {
		d.zone = pick(r, rules...)
		return
	}
	d.zone, _ = forest.ZoneByID(pick(r, places...))
	d.form = pick(r, forest.ZoneInBody, forest.ZoneIdentified, forest.ZoneDefined)
}

// drawWindow takes whole days as often as any minutes, up to 62 days on the wall
// clock of the zone.
func (d *drawn) drawWindow(r *rand.Rand, week time.Time) {
	const longest = 62 * 24 * 60 // minutes
	day := d.zone.Wall(week).Truncate(24*time.Hour).AddDate(0, 0, r.IntN(60)-20)
	start, end := day, day.AddDate(0, 0, 1+r.IntN(pick(r, 3, 14, 62)))
	if r.IntN(2) == 0 {
		start = day.Add(time.Duration(r.IntN(24*60)) * time.Minute)
		end = start.Add(time.Duration(5+r.IntN(pick(r, 60, 24*60, longest-5))) * time.Minute)
	}
	d.From, d.To = d.zone.Instant(start), d.zone.Instant(end)
	d.Offsets = r.IntN(4) == 0
	if !d.zone.Wall(d.From).Equal(start) || !d.zone.Wall(d.To).Equal(end) || d.To.Sub(d.From) < 5*time.Minute {
		d.drawWindow(r, week) // there is no such wall clock
	}
}

func (d *drawn) drawInterval(r *rand.Rand) {
	most := min(1440, int(d.To.Sub(d.From)/time.Minute))
	minutes := min(pick(r, 5, 6, 15, 30, 30, 45, 60, 97, 720, 1440), most)
	if r.IntN(3) == 0 {
		minutes = 5 + r.IntN(most-4)
	}
	d.Interval = time.Duration(minutes) * time.Minute
}

// address is one of somebody, or of nobody.
func address(r *rand.Rand) string {
	domain := pick(r, fabrikam, fabrikam, wingtip, oldtimer)
	switch r.IntN(12) {
	case 0:
		return pick(r, "nobody@"+domain, "somebody@elsewhere.example", "alice@"+closed, "alice", "alice@", "EX:/o=First/ou=Exchange/cn=Recipients/cn=alice")
	case 1:
		return "crowded@" + fabrikam
	case 2:
		return "Alice@" + strings.ToUpper(domain[:1]) + domain[1:]
	}
	if r.IntN(12) == 0 {
		return "team@" + pick(r, fabrikam, oldtimer)
	}
	return pick(r, "alice", "bob", "chen", "room-alder", "dana", "eshan", "ceo", "fulmaya", "greta", "hiro", "room-birch", "iris") + "@" + domain
}

// spoil breaks one rule that the whole question must obey.
func (d *drawn) spoil(r *rand.Rand) {
	switch d.fault = pick(r, "ErrorTimeIntervalTooBig", "ErrorInvalidTimeInterval", "ErrorInvalidMergedFreeBusyInterval",
		"ErrorMailboxDataArrayTooBig", "ErrorMailboxDataArrayEmpty", "ErrorInvalidFreeBusyViewType", "ErrorSchemaValidation"); d.fault {
	case "ErrorTimeIntervalTooBig":
		d.To = d.From.AddDate(0, 0, 63)
	case "ErrorInvalidTimeInterval":
		d.To = d.From
	case "ErrorInvalidMergedFreeBusyInterval":
		d.Interval = pick(r, 4*time.Minute, 1441*time.Minute)
	case "ErrorMailboxDataArrayTooBig":
		for len(d.Mailboxes) <= 100 {
			d.Mailboxes = append(d.Mailboxes, address(r))
		}
	case "ErrorMailboxDataArrayEmpty":
		d.Mailboxes = nil
	case "ErrorInvalidFreeBusyViewType":
		d.View = "None"
	case "ErrorSchemaValidation":
		d.View = "Secret"
	}
}
