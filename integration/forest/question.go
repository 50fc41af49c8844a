package forest

import (
	"strconv"
	"strings"
	"time"
)

// question is a GetUserAvailabilityRequest that EWS has read and found in order
// ([MS-OXWAVLS] 3.1.4.1.3.14).
type question struct {
	zone       Zone
	mailboxes  []target
	from, to   time.Time
	interval   time.Duration
	view       string
	wantsView  bool // there were FreeBusyViewOptions
	suggestion *node
}

// target is one MailboxData.
type target struct{ address, routing string }

// readTargets returns whom a request asks for, as far as that can be read, for
// the Journal and for faults.
func readTargets(envelope *node) []target {
	request := envelope.child(nsSOAP, "Body").child(nsMessages, "GetUserAvailabilityRequest")
	var all []target
	for _, data := range request.child(nsMessages, "MailboxDataArray").children(nsTypes, "MailboxData") {
		email := data.child(nsTypes, "Email")
		all = append(all, target{email.child(nsTypes, "Address").text(), email.child(nsTypes, "RoutingType").text()})
	}
	return all
}

// readQuestion reads a whole request as a server of that age does, and returns
// the fault with which it would refuse it.
func readQuestion(envelope *node, g Generation) (*question, *fault) {
	body := envelope.child(nsSOAP, "Body")
	request := body.child(nsMessages, "GetUserAvailabilityRequest")
	if request == nil {
		return nil, ordinaryFault("ErrorInvalidRequest", "The request is invalid.")
	}
	if f := checkVersion(envelope.child(nsSOAP, "Header"), g); f != nil {
		return nil, f
	}
	q := &question{mailboxes: readTargets(envelope)}
	var f *fault
	if q.zone, f = readRequestZone(envelope, request, g); f != nil {
		return nil, f
	}
	switch n := len(q.mailboxes); {
	case n == 0:
		return nil, availabilityFault("ErrorMailboxDataArrayEmpty", unpublished, "The mailbox data array is empty.")
	case n > maximumMailboxes:
		return nil, tooManyMailboxes(maximumMailboxes, n)
	}
	q.suggestion = request.child(nsTypes, "SuggestionsViewOptions")
	options := request.child(nsTypes, "FreeBusyViewOptions")
	if options == nil {
		if q.suggestion == nil {
			return nil, availabilityFault("ErrorInvalidFreeBusyViewType", unpublished, "The requested view is not valid.")
		}
		return q, nil
	}
	q.wantsView = true
	return q, q.readOptions(options, g)
}

func (q *question) readOptions(options *node, g Generation) *fault {
	q.view = "FreeBusy"
	if view := options.child(nsTypes, "RequestedView"); view != nil {
		q.view = view.text()
	}
	switch q.view {
	case "MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged":
	case "None":
		return availabilityFault("ErrorInvalidFreeBusyViewType", unpublished, "The requested view is not valid.")
	default:
		return schemaFault("The 'RequestedView' element is invalid - The value '" + q.view + "' is invalid according to its datatype.")
	}
	if f := q.readWindow(options.child(nsTypes, "TimeWindow"), g); f != nil {
		return f
	}
	q.interval = 30 * time.Minute
	if element := options.child(nsTypes, "MergedFreeBusyIntervalInMinutes"); element != nil {
		minutes, err := strconv.Atoi(element.text())
		if err != nil {
			return schemaFault("The 'MergedFreeBusyIntervalInMinutes' element is invalid.")
		}
		q.interval = time.Duration(minutes) * time.Minute
	}
	return q.checkInterval()
}

func (q *question) readWindow(window *node, g Generation) *fault {
	var ok bool
	if q.from, ok = readTime(window.child(nsTypes, "StartTime").text(), q.zone); !ok {
		return schemaFault("The 'StartTime' element is invalid.")
	}
	if q.to, ok = readTime(window.child(nsTypes, "EndTime").text(), q.zone); !ok {
		return schemaFault("The 'EndTime' element is invalid.")
	}
	return q.checkWindow(g)
}

func (q *question) checkInterval() *fault {
	if q.interval < 5*time.Minute || q.interval > 1440*time.Minute || q.interval > q.to.Sub(q.from) {
		return availabilityFault("ErrorInvalidMergedFreeBusyInterval", unpublished,
			"The specified merged free/busy interval is not valid. Specify an interval that is less than the free/busy time window and between 5 and 1440 minutes.")
	}
	return nil
}

func (q *question) checkWindow(g Generation) *fault {
	if !q.to.After(q.from) {
		return availabilityFault("ErrorInvalidTimeInterval", unpublished,
			"The time duration specified for FreeBusyViewOptions.TimeWindow is invalid.")
	}
	if days := int((q.to.Sub(q.from) + 24*time.Hour - 1) / (24 * time.Hour)); days > g.maximumDays() {
		return windowTooLong(g.maximumDays(), days)
	}
	return nil
}

// readTime reads an xs:dateTime: with an offset it is a moment, without one the
// wall clock of zone.
func readTime(text string, zone Zone) (time.Time, bool) {
	if t, err := time.Parse("2006-01-02T15:04:05.999999999Z07:00", text); err == nil {
		return t.UTC(), true
	}
	wall, err := time.Parse("2006-01-02T15:04:05.999999999", text)
	if err != nil {
		return time.Time{}, false
	}
	return zone.Instant(wall), true
}

// serverVersions are the values of RequestServerVersion, oldest first, and the
// age that first knows each (ews-schema-versions-in-exchange).
var serverVersions = []struct {
	name  string
	since Generation
}{
	{"Exchange2007", Exchange2007}, {"Exchange2007_SP1", Exchange2007},
	{"Exchange2010", Exchange2010}, {"Exchange2010_SP1", Exchange2010}, {"Exchange2010_SP2", Exchange2010},
	{"Exchange2013", Exchange2013}, {"Exchange2013_SP1", Exchange2013},
	{"Exchange2015", ExchangeOnline}, {"Exchange2016", ExchangeOnline},
}

func checkVersion(header *node, g Generation) *fault {
	asked := header.child(nsTypes, "RequestServerVersion")
	if asked == nil {
		return nil
	}
	for _, v := range serverVersions {
		if v.name == asked.attr("Version") && v.since <= g {
			return nil
		}
	}
	return ordinaryFault("ErrorInvalidServerVersion", "The specified server version is invalid.")
}

// readRequestZone takes the zone of the body, or from 2010 on that of the
// TimeZoneContext header by its Windows id. A definition in the header that
// spells out periods is known by its id as well.
func readRequestZone(envelope, request *node, g Generation) (Zone, *fault) {
	if zone := request.child(nsTypes, "TimeZone"); zone != nil {
		z, ok := readZone(zone)
		if !ok {
			return Zone{}, schemaFault("The element 'TimeZone' has invalid content.")
		}
		return z, nil
	}
	if g == Exchange2007 {
		return Zone{}, schemaFault("The element 'GetUserAvailabilityRequest' has incomplete content. List of possible elements expected: 'TimeZone'.")
	}
	definition := envelope.child(nsSOAP, "Header").child(nsTypes, "TimeZoneContext").child(nsTypes, "TimeZoneDefinition")
	if z, ok := ZoneByID(definition.attr("Id")); ok {
		return z, nil
	}
	return Zone{}, availabilityFault("ErrorTimeZone", unpublished, "The time zone is missing or not known.")
}

// readZone reads a SerializableTimeZone.
func readZone(n *node) (Zone, bool) {
	bias, err := strconv.Atoi(n.child(nsTypes, "Bias").text())
	standard, ok1 := readSwitch(n.child(nsTypes, "StandardTime"))
	daylight, ok2 := readSwitch(n.child(nsTypes, "DaylightTime"))
	return Zone{Bias: bias, Standard: standard, Daylight: daylight}, err == nil && ok1 && ok2
}

func readSwitch(n *node) (Switch, bool) {
	number := func(name string) int {
		value, err := strconv.Atoi(n.child(nsTypes, name).text())
		if err != nil {
			return -1 << 20
		}
		return value
	}
	s := Switch{Bias: number("Bias"), Month: time.Month(number("Month")), DayOrder: number("DayOrder"), Time: n.child(nsTypes, "Time").text()}
	if year := n.child(nsTypes, "Year").text(); year != "" {
		s.Year = number("Year")
	}
	day := n.child(nsTypes, "DayOfWeek").text()
	for s.DayOfWeek = 0; s.DayOfWeek < 7 && s.DayOfWeek.String() != day; s.DayOfWeek++ {
	}
	_, err := time.Parse(time.TimeOnly, s.Time)
	known := s.DayOfWeek < 7 || s.Year != 0 && day == ""
	return s, err == nil && known && s.Bias > -1<<20 && s.Month >= 0 && s.Month <= 12 && s.DayOrder >= 0 && s.DayOrder <= 31 && s.Year >= 0
}

// granted is the view that a caller gets who asked for view.
func granted(view string, access Access) string {
	if access == AccessDetails {
		return view
	}
	return strings.Replace(view, "Detailed", "FreeBusy", 1)
}
