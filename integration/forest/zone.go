package forest

import (
	"fmt"
	"time"
)

// Zone is a time zone as Windows describes it and as EWS carries it
// ([MS-OXWAVLS] 3.1.4.1.3.19): a bias and two yearly switches that hold for
// every year alike. The zero Zone is UTC.
//
// Biases are minutes to add to the wall clock to get UTC: 480 in Seattle.
type Zone struct {
	Name     string `json:"name,omitempty"`        // in the tz database: "Europe/Berlin"
	ID       string `json:"id,omitempty"`          // in Windows: "W. Europe Standard Time"
	Bias     int    `json:"bias"`                  // minutes
	Standard Switch `json:"standardTime,omitzero"` // when daylight time ends
	Daylight Switch `json:"daylightTime,omitzero"` // when daylight time begins
}

// Switch is the yearly moment at which a zone turns its clocks, on the wall
// clock that is in force before it.
type Switch struct {
	Bias      int          `json:"bias"`           // minutes, added to that of the Zone
	Month     time.Month   `json:"month"`          // 0: there is no daylight time
	DayOrder  int          `json:"dayOrder"`       // 1 to 5, 5 is the last; with Year, the day of the month
	DayOfWeek time.Weekday `json:"dayOfWeek"`      // 0 is Sunday
	Time      string       `json:"time"`           // "02:00:00"
	Year      int          `json:"year,omitempty"` // 0: every year
}

// Wall returns the wall clock at t, labelled UTC.
func (z Zone) Wall(t time.Time) time.Time {
	return t.UTC().Add(z.offset(t))
}

// spell writes t as an xs:dateTime on the wall clock of z, with the offset that
// is in force then or without.
func (z Zone) spell(t time.Time, offset bool) string {
	if offset {
		return t.In(time.FixedZone("", int(z.offset(t)/time.Second))).Format(time.RFC3339)
	}
	return z.Wall(t).Format(wallClock)
}

// Instant returns when the wall clock shows wall, whatever wall is labelled
// with. An hour that comes twice is the one in standard time; an hour that is
// skipped is counted in standard time too.
func (z Zone) Instant(wall time.Time) time.Time {
	y, m, d := wall.Date()
	utc := time.Date(y, m, d, wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), time.UTC)
	standard := utc.Add(-z.standard())
	daylight := utc.Add(-z.daylight())
	if z.offset(standard) != z.standard() && z.offset(daylight) == z.daylight() {
		return daylight
	}
	return standard
}

func (z Zone) standard() time.Duration {
	return -time.Duration(z.Bias+z.Standard.Bias) * time.Minute
}

func (z Zone) daylight() time.Duration {
	return -time.Duration(z.Bias+z.Daylight.Bias) * time.Minute
}

// offset compares t with the two switches of its own year. Where daylight time
// begins late in the year, it lasts over New Year: the south.
func (z Zone) offset(t time.Time) time.Duration {
	if z.Standard.Month == 0 || z.Daylight.Month == 0 {
		return z.standard()
	}
	year := t.UTC().Add(z.standard()).Year()
	begins := z.Daylight.on(year).Add(-z.standard())
	ends := z.Standard.on(year).Add(-z.daylight())
	var summer bool
	if begins.Before(ends) {
		summer = !t.Before(begins) && t.Before(ends)
	} else {
		summer = t.Before(ends) || !t.Before(begins)
	}
	if summer {
		return z.daylight()
	}
	return z.standard()
}

// on is the wall clock of the switch in that year, labelled UTC. It counts the
// right weekdays of the month and stays at the last one there is.
func (s Switch) on(year int) time.Time {
	clock, err := time.Parse(time.TimeOnly, s.Time)
	if err != nil {
		clock = time.Time{} // midnight
	}
	at := func(year, day int) time.Time {
		return time.Date(year, s.Month, day, clock.Hour(), clock.Minute(), clock.Second(), 0, time.UTC)
	}
	if s.Year != 0 {
		return at(s.Year, s.DayOrder)
	}
	first := at(year, 1)
	weekday, days := int(first.Weekday()), first.AddDate(0, 1, -1).Day()
	left, found := s.DayOrder, 1
	for day := 1; day <= days; day++ {
		if (weekday+day-1)%7 != int(s.DayOfWeek) {
			continue
		}
		found = day
		if left--; left == 0 {
			break
		}
	}
	return at(year, found)
}

// ZoneByID finds one of the zones that people of a forest live in, by its
// Windows id or by its name in the tz database.
func ZoneByID(id string) (Zone, bool) {
	for _, z := range zones {
		if z.ID == id || z.Name == id {
			return z, true
		}
	}
	return Zone{}, false
}

// zones holds the rules in force in 2026: both hemispheres, offsets of half and of quarter hours, a daylight time
// of half an hour, and zones that never switch.
var zones = []Zone{
	{Name: "Etc/UTC", ID: "UTC"},
	{Name: "Africa/Monrovia", ID: "Greenwich Standard Time"},
	{Name: "Europe/Berlin", ID: "W. Europe Standard Time", Bias: -60, Standard: last(time.October, 3, 0), Daylight: last(time.March, 2, -60)},
	{Name: "America/Los_Angeles", ID: "Pacific Standard Time", Bias: 480, Standard: nth(1, time.November, 2, 0), Daylight: nth(2, time.March, 2, -60)},
	{Name: "Asia/Shanghai", ID: "China Standard Time", Bias: -480},
	{Name: "Australia/Sydney", ID: "AUS Eastern Standard Time", Bias: -600, Standard: nth(1, time.April, 3, 0), Daylight: nth(1, time.October, 2, -60)},
	{Name: "Asia/Kolkata", ID: "India Standard Time", Bias: -330},
	{Name: "Asia/Kathmandu", ID: "Nepal Standard Time", Bias: -345},
	{Name: "America/New_York", ID: "Eastern Standard Time", Bias: 300, Standard: nth(1, time.November, 2, 0), Daylight: nth(2, time.March, 2, -60)},
	{Name: "Australia/Adelaide", ID: "Cen. Australia Standard Time", Bias: -570, Standard: nth(1, time.April, 3, 0), Daylight: nth(1, time.October, 2, -60)},
	{Name: "Australia/Lord_Howe", ID: "Lord Howe Standard Time", Bias: -630, Standard: nth(1, time.April, 2, 0), Daylight: nth(1, time.October, 2, -30)},
	{Name: "Pacific/Chatham", ID: "Chatham Islands Standard Time", Bias: -765, Standard: at("03:45:00", nth(1, time.April, 3, 0)), Daylight: at("02:45:00", last(time.September, 2, -60))},
	{Name: "Asia/Tokyo", ID: "Tokyo Standard Time", Bias: -540},
	{Name: "Europe/London", ID: "GMT Standard Time", Standard: last(time.October, 2, 0), Daylight: last(time.March, 1, -60)},
}

func nth(order int, month time.Month, hour, bias int) Switch {
	return Switch{Bias: bias, Month: month, DayOrder: order, Time: fmt.Sprintf("%02d:00:00", hour)}
}

func last(month time.Month, hour, bias int) Switch { return nth(5, month, hour, bias) }

func at(clock string, s Switch) Switch {
	s.Time = clock
	return s
}
