package ews

import (
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

	attendees []freebusy.Attendee // one for each mailbox of the Query
	zone      *etree.Element      // TimeZoneDefinition of the header, for whoever has none in the body
	zoned     bool                // the Zone of the Presentation is known
}

// defaultInterval is the slot length for whoever names none
// (learn.microsoft.com freebusyviewoptions).
const defaultInterval = 30

// readRequest reads the request of c in m. The error is a *freebusy.Error.
func readRequest(m *soap.Message, c caller) (*request, error) {
	r := &request{zone: c.header.zone}
	r.Presentation.Generation = c.generation
	if err := r.readMailboxes(m); err != nil {
		return nil, err
	}
	if err := r.readOptions(m); err != nil {
		return nil, err
	}
	if err := r.find(); err != nil {
		return nil, err
	}
	return r, nil
}

// invalidRequest is for what is no question at all. why is for the caller.
func invalidRequest(why string) error {
	return &freebusy.Error{Code: freebusy.ErrorInvalidRequest, Text: "The request is invalid: " + why + "."}
}

// readOptions reads the FreeBusyViewOptions and the SuggestionsViewOptions, of
// which one may be absent (learn.microsoft.com getuseravailability-operation).
func (r *request) readOptions(m *soap.Message) error {
	view := soap.Child(m.Body, nsTypes, "FreeBusyViewOptions")
	suggestions := soap.Child(m.Body, nsTypes, "SuggestionsViewOptions")
	if view == nil && suggestions == nil {
		return invalidView()
	}
	if view != nil {
		if err := r.readFreeBusyView(m, view); err != nil {
			return err
		}
	}
	if suggestions != nil {
		return r.readSuggestions(m, suggestions)
	}
	return nil
}

// readFreeBusyView reads FreeBusyViewOptions ([MS-OXWAVLS] 3.1.4.1.3.13).
func (r *request) readFreeBusyView(m *soap.Message, options *etree.Element) (err error) {
	p := &r.Presentation
	if p.Window, err = r.readWindow(m, options, "TimeWindow"); err != nil {
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

// readWindow reads a window of the options and, with the first one, the zone
// that both are written in.
func (r *request) readWindow(m *soap.Message, options *etree.Element, name string) (w freebusy.Window, err error) {
	argument := options.Tag + "." + name
	e := soap.Child(options, nsTypes, name)
	if e == nil {
		return w, missingArgument(argument)
	}
	start, err := readMoment(m, e, "StartTime")
	if err != nil {
		return w, err
	}
	end, err := readMoment(m, e, "EndTime")
	if err != nil {
		return w, err
	}
	p := &r.Presentation
	if !r.zoned {
		if p.Zone, err = r.readZone(m, start.time); err != nil {
			return w, err
		}
		r.zoned = true
	}
	w = freebusy.Window{Start: start.in(p.Zone), End: end.in(p.Zone)}
	return w, checkWindow(w, p.Zone, argument)
}

// moment is an xs:dateTime. With an offset it stands for itself; without it is
// on the wall clock of the zone of the request, labelled UTC.
type moment struct {
	time   time.Time
	offset bool
}

func (t moment) in(zone zone) time.Time {
	if t.offset {
		return t.time
	}
	return zone.Instant(t.time)
}

// zone is a [freebusy.TimeZone], or a [freebusy.Clock] that shows the time of one.
type zone interface {
	Wall(t time.Time) time.Time
	Instant(wall time.Time) time.Time
}

func readMoment(m *soap.Message, parent *etree.Element, name string) (t moment, err error) {
	e := soap.Child(parent, nsTypes, name)
	if e == nil {
		return t, incomplete(m, parent, nsTypes, name)
	}
	if t.time, t.offset, err = parseDateTime(soap.Text(e)); err != nil {
		return t, invalidValue(m, e, "http://www.w3.org/2001/XMLSchema:dateTime")
	}
	return t, nil
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
