package forest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reply is what an old server learned from one question.
type Reply struct {
	Mailboxes []MailboxReply // one for each mailbox asked for, in order
	Server    string         // ServerVersionInfo: "15.0.1497.2"
	Hops      []Hop          // where the time went; they add up to Took
	Took      time.Duration

	Request, Response []byte // the documents
}

// MailboxReply is what is known about one mailbox.
type MailboxReply struct {
	Address string
	Class   string // Success, Warning or Error
	Code    string // NoError or what went wrong
	Text    string // of an error

	ExceptionType, ExceptionServer, ResponseSource string // of an error
	ExceptionCode                                  int

	View    string // FreeBusyViewType as granted
	Merged  string // a digit for each interval
	Entries []Entry
	Hours   *Hours
}

// Entry is one event. Start and End are moments; an answer holds only the wall
// clock of the Zone that was asked in.
type Entry struct {
	Event
	WallStart, WallEnd time.Time // labelled UTC
	Detailed           bool      // there were CalendarEventDetails
}

// Hours are the working hours of the mailbox's owner, in the owner's zone.
type Hours struct {
	Zone    Zone
	Periods []WorkingHours
}

// FaultError is a SOAP fault: the whole question was refused.
type FaultError struct {
	Code    string        // local part of faultcode, or the ResponseCode in detail
	Text    string        // faultstring
	Number  int           // ErrorCode in detail, if any
	BackOff time.Duration // with ErrorServerBusy
}

// Error implements error.
func (e *FaultError) Error() string { return "forest: the server refused: " + e.Code + ": " + e.Text }

// AnswerError says why a server of that age would have rejected an answer as a
// whole.
type AnswerError struct {
	Generation Generation
	Why        string
}

// Error implements error.
func (e *AnswerError) Error() string {
	return fmt.Sprintf("forest: Exchange %s cannot read the answer: %s", e.Generation, e.Why)
}

// reader reads an answer as the generated classes of that age do: what they
// have no member for is skipped, a value they cannot hold spoils the whole.
// The first such value stays in spoilt.
type reader struct {
	generation Generation
	zone       Zone
	spoilt     *AnswerError
}

func (r *reader) spoil(why string, args ...any) {
	if r.spoilt == nil {
		r.spoilt = &AnswerError{r.generation, fmt.Sprintf(why, args...)}
	}
}

// readReply reads the answer to q.
func readReply(body []byte, q Question, zone Zone, g Generation) (*Reply, error) {
	r := &reader{generation: g, zone: zone}
	envelope, err := readAnswer(body, g)
	if err != nil {
		return nil, err
	}
	soapBody := envelope.child(nsSOAP, "Body")
	array := soapBody.child(nsMessages, "GetUserAvailabilityResponse").child(nsMessages, "FreeBusyResponseArray")
	responses := array.children(nsMessages, "FreeBusyResponse")
	if len(responses) != len(q.Mailboxes) {
		r.spoil("%d mailboxes were asked for and %d answered", len(q.Mailboxes), len(responses))
		return nil, r.spoilt
	}
	reply := &Reply{Server: readVersion(envelope)}
	for i, response := range responses {
		m := r.mailbox(response)
		m.Address = q.Mailboxes[i]
		reply.Mailboxes = append(reply.Mailboxes, m)
	}
	if r.spoilt != nil {
		return nil, r.spoilt
	}
	return reply, nil
}

// readAnswer reads a SOAP 1.1 message. A fault is its error.
func readAnswer(body []byte, g Generation) (*node, error) {
	envelope, err := readNode(body)
	if err != nil {
		return nil, &AnswerError{g, "there is an error in the XML document: " + err.Error()}
	}
	soapBody := envelope.child(nsSOAP, "Body")
	if envelope.XMLName.Local != "Envelope" || envelope.XMLName.Space != nsSOAP || soapBody == nil {
		return nil, &AnswerError{g, "it is no SOAP 1.1 message"}
	}
	if fault := soapBody.child(nsSOAP, "Fault"); fault != nil {
		return nil, readFault(fault)
	}
	return envelope, nil
}

func readVersion(envelope *node) string {
	info := envelope.child(nsSOAP, "Header").child(nsTypes, "ServerVersionInfo")
	if info == nil {
		return ""
	}
	return strings.Join([]string{info.attr("MajorVersion"), info.attr("MinorVersion"), info.attr("MajorBuildNumber"), info.attr("MinorBuildNumber")}, ".")
}

// readFault prefers the code in the detail, where Exchange puts it; .NET itself
// sees only faultcode.
func readFault(fault *node) *FaultError {
	code := fault.child("", "faultcode").text()
	e := &FaultError{Code: code[strings.LastIndex(code, ":")+1:], Text: fault.child("", "faultstring").text()}
	detail := fault.child("", "detail")
	if named := detail.child(nsErrors, "ResponseCode").text(); named != "" {
		e.Code = named
	}
	e.Number, _ = strconv.Atoi(detail.child(nsMessages, "ErrorCode").text())
	for _, value := range detail.child(nsTypes, "MessageXml").children(nsTypes, "Value") {
		if milliseconds, err := strconv.Atoi(value.text()); err == nil && value.attr("Name") == "BackOffMilliseconds" {
			e.BackOff = time.Duration(milliseconds) * time.Millisecond
		}
	}
	return e
}

func (r *reader) mailbox(response *node) MailboxReply {
	message := response.child(nsMessages, "ResponseMessage")
	if message == nil {
		r.spoil("a FreeBusyResponse has no ResponseMessage")
		return MailboxReply{}
	}
	m := MailboxReply{}
	m.Class, m.Code, m.Text = r.message(message)
	exception := func(name string) string {
		return message.child(nsMessages, "MessageXml").child(nsErrors, name).text()
	}
	m.ExceptionType, m.ExceptionServer, m.ResponseSource = exception("ExceptionType"), exception("ExceptionServerName"), exception("ResponseSource")
	m.ExceptionCode, _ = strconv.Atoi(exception("ExceptionCode"))
	r.view(&m, response.child(nsMessages, "FreeBusyView"))
	return m
}

// message reads what every ResponseMessageType has.
func (r *reader) message(n *node) (class, code, text string) {
	class, text = cmp.Or(n.attr("ResponseClass"), "Success"), n.child(nsMessages, "MessageText").text()
	if !slices.Contains(legalClasses, class) {
		r.spoil("ResponseClass is %q", class)
	}
	if c := n.child(nsMessages, "ResponseCode"); c != nil {
		code = c.Content
	}
	if !legalCode(code, r.generation) {
		r.spoil("instance validation error: %q is not a valid value for ResponseCodeType", code)
	}
	r.integer(n.child(nsMessages, "DescriptiveLinkKey"))
	return class, code, text
}

func (r *reader) view(m *MailboxReply, view *node) {
	if view == nil {
		return
	}
	m.View = view.child(nsTypes, "FreeBusyViewType").text()
	for _, word := range strings.Fields(m.View) {
		if !slices.Contains(legalViews, word) {
			r.spoil("instance validation error: %q is not a valid value for FreeBusyViewType", word)
		}
	}
	if merged := view.child(nsTypes, "MergedFreeBusy"); merged != nil {
		m.Merged = merged.Content
	}
	for _, event := range view.child(nsTypes, "CalendarEventArray").children(nsTypes, "CalendarEvent") {
		m.Entries = append(m.Entries, r.entry(event))
	}
	if hours := view.child(nsTypes, "WorkingHours"); hours != nil {
		m.Hours = r.hours(hours)
	}
}

func (r *reader) entry(event *node) Entry {
	e := Entry{Event: Event{Start: r.moment(event, "StartTime"), End: r.moment(event, "EndTime"), Busy: Free}}
	e.WallStart, e.WallEnd = r.zone.Wall(e.Start), r.zone.Wall(e.End)
	if busy := event.child(nsTypes, "BusyType"); busy != nil {
		e.Busy = BusyType(busy.Content)
	}
	if !r.generation.knows(e.Busy) {
		r.spoil("instance validation error: %q is not a valid value for LegacyFreeBusyType", e.Busy)
	}
	details := event.child(nsTypes, "CalendarEventDetails")
	if details == nil {
		return e
	}
	e.Detailed = true
	e.ID, e.Subject, e.Location = details.child(nsTypes, "ID").text(), details.child(nsTypes, "Subject").text(), details.child(nsTypes, "Location").text()
	e.Meeting, e.Recurring, e.Exception = r.boolean(details, "IsMeeting"), r.boolean(details, "IsRecurring"), r.boolean(details, "IsException")
	e.Reminder, e.Private = r.boolean(details, "IsReminderSet"), r.boolean(details, "IsPrivate")
	return e
}

func (r *reader) hours(hours *node) *Hours {
	zone, ok := readZone(hours.child(nsTypes, "TimeZone"))
	if !ok {
		r.spoil("the TimeZone of the WorkingHours is not valid")
	}
	h := &Hours{Zone: zone}
	for _, period := range hours.child(nsTypes, "WorkingPeriodArray").children(nsTypes, "WorkingPeriod") {
		p := WorkingHours{Start: r.integer(period.child(nsTypes, "StartTimeInMinutes")), End: r.integer(period.child(nsTypes, "EndTimeInMinutes"))}
		for _, day := range strings.Fields(period.child(nsTypes, "DayOfWeek").text()) {
			i := slices.Index(legalDays, day)
			if i < 0 {
				r.spoil("instance validation error: %q is not a valid value for DayOfWeekType", day)
			}
			p.Days = append(p.Days, time.Weekday(i))
		}
		h.Periods = append(h.Periods, p)
	}
	return h
}

func (r *reader) moment(parent *node, name string) time.Time {
	text := parent.child(nsTypes, name).text()
	t, ok := readTime(text, r.zone)
	if !ok {
		r.spoil("the string %q in %s is not a valid DateTime", text, name)
	}
	return t
}

func (r *reader) integer(n *node) int {
	if n == nil {
		return 0
	}
	i, err := strconv.Atoi(n.text())
	if err != nil {
		r.spoil("input string %q in %s was not in a correct format", n.text(), n.XMLName.Local)
	}
	return i
}

func (r *reader) boolean(parent *node, name string) bool {
	switch text := parent.child(nsTypes, name).text(); text {
	case "true", "1":
		return true
	case "false", "0", "":
		return false
	default:
		r.spoil("the string %q in %s is not a valid Boolean value", text, name)
		return false
	}
}
