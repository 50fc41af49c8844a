package ews

import (
	"fmt"
	"strconv"
	"time"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

const wallClock = "2006-01-02T15:04:05"

var zonedClocks = [...]string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700"}

func parseDateTime(text string) (t time.Time, zoned bool, err error) {
	for _, layout := range zonedClocks {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true, nil
		}
	}
	t, err = time.Parse(wallClock, text)
	return t, false, err
}

var daysOfWeek = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

const maxBias = 24 * 60

func checkTimeZone(z freebusy.TimeZone) error {
	for _, s := range []freebusy.Switch{z.Standard, z.Daylight} {
		bias := z.Bias + s.Bias
		if bias < -maxBias || bias > maxBias {
			return fmt.Errorf("a bias of %d minutes", bias)
		}
		lastDay := 5
		if s.Year != 0 {
			lastDay = 31
		}
		if s.Month < 0 || s.Month > time.December || s.DayOrder < 0 || s.DayOrder > lastDay || s.Year < 0 || s.Year > 9999 {
			return fmt.Errorf("a switch in month %d, day order %d, year %d", s.Month, s.DayOrder, s.Year)
		}
	}
	return nil
}

func addTimeZone(parent *etree.Element, z freebusy.TimeZone) {
	e := parent.CreateElement("t:TimeZone")
	soap.AddText(e, "t:Bias", strconv.Itoa(z.Bias))
	addSwitch(e, "t:StandardTime", z.Standard)
	addSwitch(e, "t:DaylightTime", z.Daylight)
}

func addSwitch(parent *etree.Element, name string, s freebusy.Switch) {
	if s.Month == 0 {
		s = freebusy.Switch{Bias: s.Bias}
	}
	e := parent.CreateElement(name)
	soap.AddText(e, "t:Bias", strconv.Itoa(s.Bias))
	soap.AddText(e, "t:Time", fmt.Sprintf("%02d:%02d:%02d", s.Time/3600, s.Time/60%60, s.Time%60))
	soap.AddText(e, "t:DayOrder", strconv.Itoa(s.DayOrder))
	soap.AddText(e, "t:Month", strconv.Itoa(int(s.Month)))
	soap.AddText(e, "t:DayOfWeek", daysOfWeek[s.DayOfWeek])
	if s.Year != 0 {
		soap.AddText(e, "t:Year", strconv.Itoa(s.Year))
	}
}
