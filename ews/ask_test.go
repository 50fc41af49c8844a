package ews

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"availproxy/freebusy"
)

// monday is when the questions of the tests begin.
var monday = time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC)

// asked is a question as Exchange 2007 would ask it, to be varied by tests.
type asked struct{ text string }

// ask asks for these mailboxes on monday in UTC, in 48 slots.
func ask(addresses ...string) asked {
	if len(addresses) == 0 {
		addresses = []string{"anna@contoso.com"}
	}
	var boxes strings.Builder
	for _, address := range addresses {
		fmt.Fprintf(&boxes, "<t:MailboxData><t:Email><t:Address>%s</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType></t:MailboxData>\n", address)
	}
	const noSwitch = "<t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
	return asked{`<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="` + nsMessages + `" xmlns:t="` + nsTypes + `"><s:Header></s:Header>
<s:Body><m:GetUserAvailabilityRequest>
<t:TimeZone><t:Bias>0</t:Bias><t:StandardTime>` + noSwitch + `</t:StandardTime><t:DaylightTime>` + noSwitch + `</t:DaylightTime></t:TimeZone>
<m:MailboxDataArray>` + boxes.String() + `</m:MailboxDataArray>
<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>2026-11-23T00:00:00</t:StartTime><t:EndTime>2026-11-24T00:00:00</t:EndTime></t:TimeWindow>
<t:MergedFreeBusyIntervalInMinutes>30</t:MergedFreeBusyIntervalInMinutes>
<t:RequestedView>DetailedMerged</t:RequestedView></t:FreeBusyViewOptions>
</m:GetUserAvailabilityRequest></s:Body></s:Envelope>`}
}

func (a asked) document() string { return a.text }

// replace replaces the only occurrence of old.
func (a asked) replace(old, new string) asked {
	if strings.Count(a.text, old) != 1 {
		panic("not exactly one " + old)
	}
	return asked{strings.Replace(a.text, old, new, 1)}
}

// element gives the first element of that name another content.
func (a asked) element(name, content string) asked {
	e := regexp.MustCompile(`(?s)(<[mt]:` + name + `>).*?(</[mt]:` + name + `>)`)
	if !e.MatchString(a.text) {
		panic("no " + name)
	}
	first := e.FindString(a.text)
	return asked{strings.Replace(a.text, first, e.ReplaceAllString(first, "${1}"+content+"${2}"), 1)}
}

// without takes the first element of that name away.
func (a asked) without(name string) asked {
	e := regexp.MustCompile(`(?s)<[mt]:` + name + `>.*?</[mt]:` + name + `>\n?`)
	first := e.FindString(a.text)
	if first == "" {
		panic("no " + name)
	}
	return asked{strings.Replace(a.text, first, "", 1)}
}

func (a asked) header(xml string) asked { return a.replace("</s:Header>", xml+"</s:Header>") }

func (a asked) window(start, end string) asked {
	return a.element("StartTime", start).element("EndTime", end)
}

func (a asked) view(words string) asked { return a.element("RequestedView", words) }

// suggest adds SuggestionsViewOptions with these elements.
func (a asked) suggest(options ...string) asked {
	return a.replace("</m:GetUserAvailabilityRequest>", "<t:SuggestionsViewOptions>"+strings.Join(options, "")+"</t:SuggestionsViewOptions></m:GetUserAvailabilityRequest>")
}

// suggestions asks for suggestions on monday as well.
func (a asked) suggestions() asked {
	return a.suggest(suggestionsWindow("2026-11-23T00:00:00", "2026-11-24T00:00:00"))
}

func suggestionsWindow(start, end string) string {
	return option("DetailedSuggestionsWindow", option("StartTime", start)+option("EndTime", end))
}

func option(name, content string) string { return "<t:" + name + ">" + content + "</t:" + name + ">" }

func itoa(n int) string { return strconv.Itoa(n) }

// at is that many hours after monday.
func at(hours float64) time.Time { return monday.Add(time.Duration(hours * float64(time.Hour))) }

// annas is a calendar with one of everything.
func annas() *freebusy.Calendar {
	return &freebusy.Calendar{
		Detail: freebusy.Detailed,
		Known:  freebusy.Window{Start: at(-48), End: at(96)},
		Events: []freebusy.Event{
			{Start: at(-24), End: at(0), Busy: freebusy.OOF, Details: &freebusy.Details{Subject: "ends where the window begins"}},
			{Start: at(-1), End: at(1), Busy: freebusy.Tentative, Details: &freebusy.Details{ID: "AAA=", Subject: "over midnight", Location: "Room <1> & \x01", IsMeeting: true}},
			{Start: at(9), End: at(9), Busy: freebusy.Busy, Details: &freebusy.Details{Subject: "a reminder", IsReminderSet: true}},
			{Start: at(10), End: at(11.5), Busy: freebusy.Busy, Details: &freebusy.Details{ID: "BBB=", Subject: "secret", Location: "secret", IsRecurring: true, IsException: true, IsPrivate: true}},
			{Start: at(11), End: at(12), Busy: freebusy.OOF},
			{Start: at(13), End: at(14), Busy: freebusy.WorkingElsewhere, Details: &freebusy.Details{Subject: "elsewhere"}},
			{Start: at(15).Add(500 * time.Millisecond), End: at(16).Add(999 * time.Millisecond), Busy: freebusy.Free, Details: &freebusy.Details{}},
			{Start: at(17), End: at(18), Busy: freebusy.NoData},
			{Start: at(20), End: at(48), Busy: freebusy.Busy, Details: &freebusy.Details{Subject: "beyond"}},
			{Start: at(24), End: at(25), Busy: freebusy.Busy, Details: &freebusy.Details{Subject: "begins where the window ends"}},
		},
		WorkingHours: &freebusy.WorkingHours{
			Zone: pacific,
			Periods: []freebusy.WorkingPeriod{
				{Days: []time.Weekday{time.Monday, time.Tuesday}, Start: 480, End: 1020},
				{Start: 0, End: 60},
				{Days: []time.Weekday{time.Saturday}, Start: 0, End: 1440},
			},
		},
	}
}

// pacific and china are the zones of most tests: one that switches and one
// that does not.
var (
	pacific = freebusy.TimeZone{
		Bias:     480,
		Standard: freebusy.Transition{Month: time.November, DayOrder: 1, DayOfWeek: time.Sunday, Time: 7200},
		Daylight: freebusy.Transition{Bias: -60, Month: time.March, DayOrder: 2, DayOfWeek: time.Sunday, Time: 7200},
	}
	china = freebusy.TimeZone{Bias: -480}
)
