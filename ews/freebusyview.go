package ews

import (
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// freeBusyView is a calendar as one caller gets to see it: the FreeBusyView of
// learn.microsoft.com freebusyviewtype, with nothing in it that its granted
// view does not have.
type freeBusyView struct {
	granted  View
	calendar *freebusy.Calendar
	p        *Presentation
}

// newFreeBusyView fails only where the other side gave digits alone and they
// do not tell what was asked.
func newFreeBusyView(c *freebusy.Calendar, p *Presentation) (freeBusyView, *freebusy.Error) {
	v := freeBusyView{p.View.granted(c.Detail), c, p}
	if c.Detail == freebusy.MergedOnly && !coversMerged(c.Merged, p.Window) {
		return v, mergedElsewhere
	}
	return v, nil
}

// add writes the view as the child FreeBusyView of response, in the order of
// the schema.
func (v freeBusyView) add(response *etree.Element) {
	view := response.CreateElement("m:FreeBusyView")
	soap.AddText(view, "t:FreeBusyViewType", v.granted.String())
	if v.granted.Merged {
		soap.AddText(view, "t:MergedFreeBusy", string(v.appendMerged(nil)))
	}
	if v.granted.Detail >= freebusy.FreeBusy {
		v.addEvents(view)
		v.addWorkingHours(view)
	}
}

func (v freeBusyView) appendMerged(dst []byte) []byte {
	if v.calendar.Detail == freebusy.MergedOnly {
		return append(dst, remerge(v.calendar.Merged, v.p.Window, v.p.Interval)...)
	}
	return freebusy.AppendMerged(dst, v.calendar.Events, v.p.Window, v.p.Interval)
}

// addEvents writes the CalendarEventArray, unless it would be empty: the EWS
// Managed API stumbles over an empty one.
func (v freeBusyView) addEvents(view *etree.Element) {
	var array *etree.Element
	for _, event := range v.calendar.Events {
		if !v.p.Window.Holds(event) {
			continue
		}
		if array == nil {
			array = view.CreateElement("t:CalendarEventArray")
		}
		v.addEvent(array, event)
	}
}

func (v freeBusyView) addEvent(array *etree.Element, event freebusy.Event) {
	e := array.CreateElement("t:CalendarEvent")
	soap.AddText(e, "t:StartTime", formatWall(v.p.Zone, event.Start))
	soap.AddText(e, "t:EndTime", formatWall(v.p.Zone, event.End))
	soap.AddText(e, "t:BusyType", busyType(event.Busy, v.p.Generation))
	if v.granted.Detail == freebusy.Detailed && event.Details != nil {
		addDetails(e, event.Details)
	}
}

// addDetails writes CalendarEventDetails. A private event keeps the flags,
// which the schema demands, and nothing that tells what it is about.
func addDetails(event *etree.Element, d *freebusy.Details) {
	e := event.CreateElement("t:CalendarEventDetails")
	if !d.IsPrivate {
		addUnlessEmpty(e, "t:ID", d.ID)
		addUnlessEmpty(e, "t:Subject", d.Subject)
		addUnlessEmpty(e, "t:Location", d.Location)
	}
	soap.AddText(e, "t:IsMeeting", strconv.FormatBool(d.IsMeeting))
	soap.AddText(e, "t:IsRecurring", strconv.FormatBool(d.IsRecurring))
	soap.AddText(e, "t:IsException", strconv.FormatBool(d.IsException))
	soap.AddText(e, "t:IsReminderSet", strconv.FormatBool(d.IsReminderSet))
	soap.AddText(e, "t:IsPrivate", strconv.FormatBool(d.IsPrivate))
}

func addUnlessEmpty(parent *etree.Element, name, text string) {
	if text != "" {
		soap.AddText(parent, name, text)
	}
}

// addWorkingHours writes WorkingHours in the owner's own zone. Without a single
// working day there is nothing to write: ews-javascript-api cannot read an
// empty WorkingPeriodArray.
func (v freeBusyView) addWorkingHours(view *etree.Element) {
	hours := v.calendar.WorkingHours
	if hours == nil {
		return
	}
	array := etree.NewElement("t:WorkingPeriodArray")
	for _, p := range hours.Periods {
		if len(p.Days) > 0 {
			addWorkingPeriod(array, p)
		}
	}
	if len(array.Child) == 0 {
		return
	}
	e := view.CreateElement("t:WorkingHours")
	addTimeZone(e, hours.Zone)
	e.AddChild(array)
}

func addWorkingPeriod(array *etree.Element, p freebusy.WorkingPeriod) {
	days := make([]string, len(p.Days))
	for i, day := range p.Days {
		days[i] = day.String()
	}
	e := array.CreateElement("t:WorkingPeriod")
	soap.AddText(e, "t:DayOfWeek", strings.Join(days, " "))
	soap.AddText(e, "t:StartTimeInMinutes", strconv.Itoa(p.Start))
	soap.AddText(e, "t:EndTimeInMinutes", strconv.Itoa(p.End))
}
