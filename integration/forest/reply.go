package forest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// wallClock is how servers since 8.1 write times: no offset, in the zone of the
// request ([MS-OXWAVLS] 4.2).
const wallClock = "2006-01-02T15:04:05"

// reply writes the GetUserAvailabilityResponse of a server of that age.
func reply(q *question, answers []answer, g Generation, server string) []byte {
	var p pen
	openEnvelope(&p, g)
	p.open(`GetUserAvailabilityResponse xmlns="` + nsMessages + `"`)
	if q.wantsView {
		p.open("FreeBusyResponseArray")
		for _, a := range answers {
			p.open("FreeBusyResponse")
			if a.refusal != nil {
				a.refusal.write(&p, g, server)
			} else {
				a.write(&p, q.zone, g)
			}
			p.close("FreeBusyResponse")
		}
		p.close("FreeBusyResponseArray")
	}
	if q.suggestion != nil {
		writeNoSuggestions(&p, q)
	}
	p.close("GetUserAvailabilityResponse")
	if g == Exchange2007 {
		p.close("soap:Body", "soap:Envelope")
	} else {
		p.close("s:Body", "s:Envelope")
	}
	return p.bytes()
}

// openEnvelope writes the ASP.NET envelope of 2007 or the WCF one of later
// servers, with the declarations that WCF scatters, and opens the Body.
func openEnvelope(p *pen, g Generation) {
	const schemas = ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"`
	v := builds[g]
	version := fmt.Sprintf(`MajorVersion="%d" MinorVersion="%d" MajorBuildNumber="%d" MinorBuildNumber="%d"`, v.major, v.minor, v.number, v.revision)
	if v.version != "" {
		version += fmt.Sprintf(" Version=%q", v.version)
	}
	if g == Exchange2007 {
		p.open(`soap:Envelope xmlns:soap="` + nsSOAP + `"` + schemas)
		p.open("soap:Header")
		p.empty(`t:ServerVersionInfo ` + version + ` xmlns:t="` + nsTypes + `"`)
		p.close("soap:Header")
		p.open("soap:Body")
		return
	}
	p.open(`s:Envelope xmlns:s="` + nsSOAP + `"`)
	p.open("s:Header")
	p.empty(`h:ServerVersionInfo ` + version + ` xmlns:h="` + nsTypes + `" xmlns="` + nsTypes + `"` + schemas)
	p.close("s:Header")
	p.open("s:Body" + schemas)
}

func types(name string) string { return name + ` xmlns="` + nsTypes + `"` }

func (a answer) write(p *pen, zone Zone, g Generation) {
	p.open(`ResponseMessage ResponseClass="Success"`)
	p.leaf("ResponseCode", "NoError")
	p.close("ResponseMessage")
	p.open("FreeBusyView")
	p.leaf(types("FreeBusyViewType"), a.view)
	if a.merged != "" {
		p.leaf(types("MergedFreeBusy"), a.merged)
	}
	if a.view != "MergedOnly" {
		a.writeEvents(p, zone, g)
		a.writeHours(p)
	}
	p.close("FreeBusyView")
}

// writeEvents leaves an empty array out, except that Exchange Online writes it.
func (a answer) writeEvents(p *pen, zone Zone, g Generation) {
	if len(a.events) == 0 {
		if g == ExchangeOnline {
			p.empty(types("CalendarEventArray"))
		}
		return
	}
	p.open(types("CalendarEventArray"))
	for _, e := range a.events {
		p.open("CalendarEvent")
		p.leaf("StartTime", zone.Wall(e.Start).Format(wallClock))
		p.leaf("EndTime", zone.Wall(e.End).Format(wallClock))
		p.leaf("BusyType", string(e.Busy))
		if a.detail {
			e.writeDetails(p)
		}
		p.close("CalendarEvent")
	}
	p.close("CalendarEventArray")
}

// writeDetails leaves everything but the flags out of a private entry.
func (e Event) writeDetails(p *pen) {
	p.open("CalendarEventDetails")
	if !e.Private {
		p.leaf("ID", e.ID)
		p.leaf("Subject", e.Subject)
		if e.Location != "" {
			p.leaf("Location", e.Location)
		}
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"IsMeeting", e.Meeting}, {"IsRecurring", e.Recurring}, {"IsException", e.Exception},
		{"IsReminderSet", e.Reminder}, {"IsPrivate", e.Private},
	} {
		p.leaf(flag.name, strconv.FormatBool(flag.set))
	}
	p.close("CalendarEventDetails")
}

func (a answer) writeHours(p *pen) {
	var days []string
	for _, d := range a.hours.Days {
		days = append(days, d.String())
	}
	p.open(types("WorkingHours"))
	writeZone(p, "TimeZone", a.zone)
	p.open("WorkingPeriodArray")
	p.open("WorkingPeriod")
	p.leaf("DayOfWeek", strings.Join(days, " "))
	p.leaf("StartTimeInMinutes", strconv.Itoa(a.hours.Start))
	p.leaf("EndTimeInMinutes", strconv.Itoa(a.hours.End))
	p.close("WorkingPeriod", "WorkingPeriodArray", "WorkingHours")
}

// writeZone writes a SerializableTimeZone, as Outlook writes one that does not
// switch: month 0 and day 0.
func writeZone(p *pen, tag string, z Zone) {
	p.open(tag)
	p.leaf("Bias", strconv.Itoa(z.Bias))
	for _, s := range []struct {
		name string
		Switch
	}{{"StandardTime", z.Standard}, {"DaylightTime", z.Daylight}} {
		if s.Time == "" {
			s.Time = "00:00:00"
		}
		p.open(s.name)
		p.leaf("Bias", strconv.Itoa(s.Bias))
		p.leaf("Time", s.Time)
		p.leaf("DayOrder", strconv.Itoa(s.DayOrder))
		p.leaf("Month", strconv.Itoa(int(s.Month)))
		p.leaf("DayOfWeek", s.DayOfWeek.String())
		if s.Year != 0 {
			p.leaf("Year", strconv.Itoa(s.Year))
		}
		p.close(s.name)
	}
	p.close("TimeZone")
}

// write gives the refusal the members that servers of that age give it.
func (r *refusal) write(p *pen, g Generation, server string) {
	text, exception := r.text, "Microsoft.Exchange.InfoWorker.Common.Availability."+r.exception
	if g >= Exchange2013 {
		text = fmt.Sprintf("%s: %s\r\n. Name of the server where exception originated: %s. LID: %d", exception, r.text, server, r.lid)
	}
	p.open(`ResponseMessage ResponseClass="Error"`)
	p.leaf("MessageText", text)
	p.leaf("ResponseCode", r.code)
	p.leaf("DescriptiveLinkKey", "0")
	p.open("MessageXml")
	leaf := func(name, text string) { p.leaf(name+` xmlns="`+nsErrors+`"`, text) }
	if g == ExchangeOnline {
		exception = r.exception
	}
	leaf("ExceptionType", exception)
	leaf("ExceptionCode", strconv.Itoa(r.number))
	if g >= Exchange2010 {
		leaf("ExceptionServerName", server)
	}
	if g >= Exchange2013 {
		leaf("ExceptionMessage", fmt.Sprintf("%s LID: %d", r.text, r.lid))
	}
	if r.source != "" {
		leaf("ResponseSource", r.source)
	}
	p.close("MessageXml", "ResponseMessage")
	p.open("FreeBusyView")
	p.leaf(types("FreeBusyViewType"), "None")
	p.close("FreeBusyView")
}

// writeNoSuggestions answers SuggestionsViewOptions with days that have none.
func writeNoSuggestions(p *pen, q *question) {
	window := q.suggestion.child(nsTypes, "DetailedSuggestionsWindow")
	from, _ := readTime(window.child(nsTypes, "StartTime").text(), q.zone)
	to, _ := readTime(window.child(nsTypes, "EndTime").text(), q.zone)
	p.open("SuggestionsResponse")
	p.open(`ResponseMessage ResponseClass="Success"`)
	p.leaf("ResponseCode", "NoError")
	p.close("ResponseMessage")
	p.open("SuggestionDayResultArray")
	first := q.zone.Wall(from).Truncate(24 * time.Hour)
	for day, n := first, 0; day.Before(q.zone.Wall(to)) && n < 62; day, n = day.AddDate(0, 0, 1), n+1 {
		p.open(types("SuggestionDayResult"))
		p.leaf("Date", day.Format(wallClock))
		p.leaf("DayQuality", "Poor")
		p.empty("SuggestionArray")
		p.close("SuggestionDayResult")
	}
	p.close("SuggestionDayResultArray", "SuggestionsResponse")
}
