package forest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Calendars says what Seeded makes. The zero value is a dozen mailboxes of
// fabrikam.example around the current week.
type Calendars struct {
	Domain    string    // default "fabrikam.example"
	Mailboxes int       // default 12; the first twelve are always the same people
	Week      time.Time // any moment of the week that is to hold the most; default now
	Before    int       // weeks with events before that one; default 1
	After     int       // and after it; default 4
}

// member is one of the first mailboxes of every forest.
type member struct {
	name, display, zone string
	access              Access
	kind                Kind
}

// cast has someone for every case: alice and chen show everything, bob and the
// even rooms only their times, ceo nothing.
var cast = []member{
	{"alice", "Alice Ämter", "Europe/Berlin", AccessDetails, User},
	{"bob", "Bob Baker", "America/Los_Angeles", AccessFreeBusy, User},
	{"chen", "陈 Chen", "Asia/Shanghai", AccessDetails, User},
	{"room-alder", "Room Alder", "Europe/Berlin", AccessDetails, Room},
	{"dana", "Dana Doyle", "Australia/Sydney", AccessDetails, User},
	{"eshan", "Eshan Engineer", "Asia/Kolkata", AccessFreeBusy, User},
	{"ceo", "The Chief", "Europe/Berlin", AccessNone, User},
	{"fulmaya", "Fulmaya Gurung", "Asia/Kathmandu", AccessDetails, User},
	{"greta", "Greta Grün", "Europe/London", AccessFreeBusy, User},
	{"hiro", "Hiro Hara", "Asia/Tokyo", AccessDetails, User},
	{"room-birch", "Room Birch", "America/New_York", AccessFreeBusy, Room},
	{"iris", "Iris Island", "Pacific/Chatham", AccessDetails, User},
}

// Seeded makes calendars that are the same for the same seed and Calendars
// wherever and whenever it runs. alice has one of everything: each busy type,
// recurring, private, all-day, overlapping and multi-day entries, some without
// length, some that end exactly where a day or the week begins; and each kind of
// mail tip.
func Seeded(seed int64, c Calendars) *Truth {
	c.Domain = cmp.Or(c.Domain, "fabrikam.example")
	c.Mailboxes = cmp.Or(c.Mailboxes, len(cast))
	c.Before, c.After = cmp.Or(c.Before, 1), cmp.Or(c.After, 4)
	if c.Week.IsZero() {
		c.Week = time.Now()
	}
	t := &Truth{Domain: c.Domain, Seed: seed, Week: monday(c.Week), Unknown: "nobody@" + c.Domain}
	for i := range c.Mailboxes {
		// A generator for each mailbox: more mailboxes do not change the first ones.
		d := diary{rand: rand.New(rand.NewPCG(uint64(seed), uint64(i))), Mailbox: mailbox(i, c.Domain)}
		for week := -c.Before; week <= c.After; week++ {
			d.fill(t.Week.AddDate(0, 0, 7*week), i == 0 && week == 0)
		}
		d.sort()
		d.MailTips = tipsOf(strings.TrimSuffix(d.Address, "@"+c.Domain), c.Domain, t.Week)
		t.Mailboxes = append(t.Mailboxes, d.Mailbox)
	}
	return t
}

func monday(t time.Time) time.Time {
	t = t.UTC()
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

func mailbox(i int, domain string) Mailbox {
	who := member{fmt.Sprintf("person%03d", i), fmt.Sprintf("Person %03d", i), zones[i%len(zones)].Name, AccessFreeBusy, User}
	if i < len(cast) {
		who = cast[i]
	}
	zone, _ := ZoneByID(who.zone)
	hours := WorkingHours{Days: []time.Weekday{1, 2, 3, 4, 5}, Start: 8 * 60, End: 17 * 60}
	if who.zone == "Asia/Kathmandu" {
		hours = WorkingHours{Days: []time.Weekday{0, 1, 2, 3, 4}, Start: 9*60 + 30, End: 17*60 + 45}
	}
	return Mailbox{
		Address: who.name + "@" + domain, DisplayName: who.display, Kind: who.kind, Access: who.access,
		Zone: zone, WorkingHours: hours,
	}
}
