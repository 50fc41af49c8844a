package ews

import (
	"fmt"
	"time"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// request is a GetUserAvailabilityRequest ([MS-OXWAVLS] 3.1.4.1.3.14) that has
// been read and found in order.
type request struct {
	Query        freebusy.Query // its Scope is still the zero one
	Presentation Presentation
	zone         *etree.Element // TimeZoneDefinition of the header, for whoever has none in the body
}

// defaultInterval is the slot length for whoever names none
// (learn.microsoft.com freebusyviewoptions).
const defaultInterval = 30

// readRequest reads the request of c in m. The error is a *freebusy.Error.
func readRequest(m *soap.Message, c caller) (*request, error) {
	if err := checkOperation(m); err != nil {
		return nil, err
	}
	r := &request{zone: c.header.zone}
	r.Presentation.Generation = c.generation
	if err := r.readMailboxes(m); err != nil {
		return nil, err
	}
	if err := r.readOptions(m); err != nil {
		return nil, err
	}
	r.Query.Window = r.Presentation.Window
	r.Query.Detail = r.Presentation.View.Detail
	r.Query.Interval = r.Presentation.Interval
	return r, nil
}

func checkOperation(m *soap.Message) error {
	switch {
	case m.Body == nil:
		return invalidRequest("the Body is empty")
	case !soap.Is(m.Body, nsMessages, "GetUserAvailabilityRequest"):
		return invalidRequest(fmt.Sprintf("the operation %.100s is not available on this server", m.Body.Tag))
	}
	return nil
}

// invalidRequest is for what is no question at all. why is for the caller.
func invalidRequest(why string) error {
	return &freebusy.Error{Code: freebusy.ErrorInvalidRequest, Text: "The request is invalid: " + why + "."}
}

// readMailboxes reads the MailboxDataArray. AttendeeType and ExcludeConflicts
// say nothing about when somebody is busy and are left unread.
func (r *request) readMailboxes(m *soap.Message) error {
	array := soap.Child(m.Body, nsMessages, "MailboxDataArray")
	if array == nil {
		return missingArgument("MailboxDataArray")
	}
	entries := soap.Children(array, nsTypes, "MailboxData")
	if err := checkMailboxCount(len(entries)); err != nil {
		return err
	}
	r.Query.Mailboxes = make([]freebusy.Mailbox, len(entries))
	for i, entry := range entries {
		email := soap.Child(entry, nsTypes, "Email")
		if email == nil {
			return incomplete(m, entry, nsTypes, "Email")
		}
		box := &r.Query.Mailboxes[i]
		box.Address, _ = soap.ChildText(email, nsTypes, "Address")
		box.RoutingType, _ = soap.ChildText(email, nsTypes, "RoutingType")
	}
	return nil
}

// readOptions reads the FreeBusyViewOptions, if there are any, and whether
// there are SuggestionsViewOptions.
func (r *request) readOptions(m *soap.Message) (err error) {
	p := &r.Presentation
	p.Suggestions = soap.Child(m.Body, nsTypes, "SuggestionsViewOptions") != nil
	options := soap.Child(m.Body, nsTypes, "FreeBusyViewOptions")
	if options == nil && p.Suggestions {
		return nil
	}
	if options == nil {
		return invalidView()
	}
	if err := r.readWindow(m, options); err != nil {
		return err
	}
	interval, err := optionalInt(m, options, "MergedFreeBusyIntervalInMinutes", defaultInterval)
	if err != nil {
		return err
	}
	p.Interval = time.Duration(interval) * time.Minute
	if err := checkInterval(p.Interval, p.Window); err != nil {
		return err
	}
	p.View, err = readView(m, options)
	return err
}

// readView reads RequestedView. The schema has it optional and no document
// names a default; FreeBusy is what every caller understands.
func readView(m *soap.Message, options *etree.Element) (View, error) {
	e := soap.Child(options, nsTypes, "RequestedView")
	if soap.Text(e) == "" {
		return View{Detail: freebusy.FreeBusy}, nil
	}
	v, ok := parseView(soap.Text(e))
	if !ok {
		return v, invalidValue(m, e, nsTypes+":FreeBusyViewType")
	}
	if v == (View{}) {
		return v, invalidView()
	}
	return v, nil
}

// readWindow reads the TimeWindow and the zone that it is written in. Moments
// with an offset stand for themselves; the others are on the wall clock of the
// zone.
func (r *request) readWindow(m *soap.Message, options *etree.Element) error {
	e := soap.Child(options, nsTypes, "TimeWindow")
	if e == nil {
		return missingArgument("FreeBusyViewOptions.TimeWindow")
	}
	start, startZoned, err := readMoment(m, e, "StartTime")
	if err != nil {
		return err
	}
	end, endZoned, err := readMoment(m, e, "EndTime")
	if err != nil {
		return err
	}
	p := &r.Presentation
	if p.Zone, err = r.readZone(m, start); err != nil {
		return err
	}
	if !startZoned {
		start = p.Zone.Instant(start)
	}
	if !endZoned {
		end = p.Zone.Instant(end)
	}
	p.Window = freebusy.Window{Start: start, End: end}
	return checkWindow(p.Window, p.Zone)
}

func readMoment(m *soap.Message, window *etree.Element, name string) (t time.Time, zoned bool, err error) {
	e := soap.Child(window, nsTypes, name)
	if e == nil {
		return t, false, incomplete(m, window, nsTypes, name)
	}
	t, zoned, err = parseDateTime(soap.Text(e))
	if err != nil {
		return t, false, invalidValue(m, e, "http://www.w3.org/2001/XMLSchema:dateTime")
	}
	return t, zoned, nil
}

// readZone takes the TimeZone of the body, which Exchange 2007 always has, or
// else the TimeZoneContext of the header.
func (r *request) readZone(m *soap.Message, start time.Time) (freebusy.TimeZone, error) {
	if e := soap.Child(m.Body, nsTypes, "TimeZone"); e != nil {
		return readTimeZone(m, e)
	}
	if r.zone != nil {
		return readTimeZoneDefinition(r.zone, start)
	}
	return freebusy.TimeZone{}, badTimeZone(errNoZone)
}
