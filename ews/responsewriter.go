package ews

import (
	"strconv"

	"availproxy/freebusy"
)

// responseWriter writes the FreeBusyResponses of one answer, without a tree and
// without memory of its own but room. It writes what [writeResponse] writes.
type responseWriter struct {
	p      *Presentation
	key    any    // of p, for [freebusy.Calendar.Memo]
	server string // the host that errors name
	times  wallTimes
	room   []byte // for what no calendar holds
}

// response is the FreeBusyResponse of one mailbox ([MS-OXWAVLS] 3.1.4.1.3.3). That
// of a calendar hangs on it where it is asked for again and again, and is shared;
// errors are written each time.
func (w *responseWriter) response(a freebusy.Answer) (written []byte) {
	if a.Err != nil {
		return w.failure(a.Err)
	}
	if a.Calendar == nil {
		return w.failure(unanswered)
	}
	view, err := newFreeBusyView(a.Calendar, w.p)
	if err != nil {
		return w.failure(err)
	}
	written, w.room = a.Calendar.Memo(w.room, w.key, func(dst []byte) []byte { return w.appendView(dst, view) })
	return written
}

func (w *responseWriter) failure(err *freebusy.Error) []byte {
	before := len(w.room)
	w.room = w.appendError(w.room, err)
	return w.room[before:]
}

func (w *responseWriter) appendView(dst []byte, v freeBusyView) []byte {
	dst = append(dst, `<m:FreeBusyResponse><m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage><m:FreeBusyView><t:FreeBusyViewType>`...)
	dst = append(append(dst, v.granted.String()...), "</t:FreeBusyViewType>"...)
	if v.granted.Merged {
		dst = append(dst, "<t:MergedFreeBusy>"...)
		dst = append(v.appendMerged(dst), "</t:MergedFreeBusy>"...)
	}
	if v.granted.Detail >= freebusy.FreeBusy {
		dst = w.appendEvents(dst, v)
		dst = appendWorkingHours(dst, v.calendar.WorkingHours)
	}
	return append(dst, "</m:FreeBusyView></m:FreeBusyResponse>"...)
}

func (w *responseWriter) appendEvents(dst []byte, v freeBusyView) []byte {
	const start, end = "<t:CalendarEventArray>", "</t:CalendarEventArray>"
	before := len(dst)
	dst = append(dst, start...)
	for i := range v.calendar.Events {
		if event := &v.calendar.Events[i]; w.p.Window.Holds(*event) {
			dst = w.appendEvent(dst, event, v.granted.Detail)
		}
	}
	if len(dst) == before+len(start) {
		return dst[:before]
	}
	return append(dst, end...)
}

func (w *responseWriter) appendEvent(dst []byte, e *freebusy.Event, granted freebusy.Detail) []byte {
	dst = w.times.append(append(dst, "<t:CalendarEvent><t:StartTime>"...), e.Start)
	dst = w.times.append(append(dst, "</t:StartTime><t:EndTime>"...), e.End)
	dst = append(append(dst, "</t:EndTime>"...), busyElements.of(e.Busy, w.p.Generation)...)
	if granted == freebusy.Detailed && e.Details != nil {
		dst = appendDetails(dst, e.Details)
	}
	return append(dst, "</t:CalendarEvent>"...)
}

func appendDetails(dst []byte, d *freebusy.Details) []byte {
	dst = append(dst, "<t:CalendarEventDetails>"...)
	if !d.IsPrivate {
		dst = appendUnlessEmpty(dst, "t:ID", d.ID)
		dst = appendUnlessEmpty(dst, "t:Subject", d.Subject)
		dst = appendUnlessEmpty(dst, "t:Location", d.Location)
	}
	dst = strconv.AppendBool(append(dst, "<t:IsMeeting>"...), d.IsMeeting)
	dst = strconv.AppendBool(append(dst, "</t:IsMeeting><t:IsRecurring>"...), d.IsRecurring)
	dst = strconv.AppendBool(append(dst, "</t:IsRecurring><t:IsException>"...), d.IsException)
	dst = strconv.AppendBool(append(dst, "</t:IsException><t:IsReminderSet>"...), d.IsReminderSet)
	dst = strconv.AppendBool(append(dst, "</t:IsReminderSet><t:IsPrivate>"...), d.IsPrivate)
	return append(dst, "</t:IsPrivate></t:CalendarEventDetails>"...)
}

func appendUnlessEmpty(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	return appendElement(dst, name, text)
}

// appendError appends the FreeBusyResponse of a mailbox without an answer.
func (w *responseWriter) appendError(dst []byte, err *freebusy.Error) []byte {
	code := responseCode(err.Code, w.p.Generation)
	dst = append(dst, `<m:FreeBusyResponse><m:ResponseMessage ResponseClass="Error">`...)
	dst = appendElement(dst, "m:MessageText", err.Text)
	dst = appendElement(dst, "m:ResponseCode", string(code))
	dst = append(dst, "<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey><m:MessageXml>"...)
	dst = appendElement(dst, "e:ExceptionType", exceptionType(code))
	dst = append(dst, "<e:ExceptionCode>"...)
	dst = strconv.AppendInt(dst, int64(exceptionNumber(code)), 10)
	dst = append(dst, "</e:ExceptionCode>"...)
	dst = appendUnlessEmpty(dst, "e:ExceptionServerName", w.server)
	dst = appendElement(dst, "e:ExceptionMessage", err.Text)
	dst = appendUnlessEmpty(dst, "e:ResponseSource", err.Source)
	return append(dst, "</m:MessageXml></m:ResponseMessage><m:FreeBusyView><t:FreeBusyViewType>None</t:FreeBusyViewType></m:FreeBusyView></m:FreeBusyResponse>"...)
}
