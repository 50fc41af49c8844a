package ews

import (
	"time"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// readSuggestions reads SuggestionsViewOptions ([MS-OXWAVLS] 3.1.4.1.3.24). What
// is absent, or empty, has the value that the EWS Managed API would send. The
// GlobalObjectId is not read: it is there to leave the meeting itself out of its
// conflicts, and no other forest tells which event has it.
func (r *request) readSuggestions(m *soap.Message, options *etree.Element) (err error) {
	s := &freebusy.Meeting{Attendees: r.attendees}
	r.Presentation.Suggestions = s
	if s.Window, err = r.readWindow(m, options, "DetailedSuggestionsWindow"); err != nil {
		return err
	}
	if err := readNumbers(m, options, s); err != nil {
		return err
	}
	if s.MinimumSuggestionQuality, err = readMinimumQuality(m, options); err != nil {
		return err
	}
	s.Current, err = r.readCurrentMeetingTime(m, options)
	return err
}

// suggestionRanges are the numbers of SuggestionsViewOptions
// (ews-managed-api AvailabilityOptions).
var suggestionRanges = [...]numberRange{
	{"GoodThreshold", 25, 0, 50}, // learn.microsoft.com goodthreshold
	{"MaximumResultsByDay", 10, 0, 48},
	{"MaximumNonWorkHourResultsByDay", 0, 0, 48},
	{"MeetingDurationInMinutes", 60, 30, 24 * 60},
}

// numberRange says what an optional number may be.
type numberRange struct {
	name                string
	absent, least, most int
}

func (r numberRange) holds(n int) bool { return n >= r.least && n <= r.most }

// suggestionNumbers are values in the order of suggestionRanges.
type suggestionNumbers [len(suggestionRanges)]int

// usualNumbers are those of whoever names none.
func usualNumbers() (n suggestionNumbers) {
	for i, r := range suggestionRanges {
		n[i] = r.absent
	}
	return n
}

func (n suggestionNumbers) set(s *freebusy.Meeting) {
	s.GoodThreshold, s.MaximumResultsByDay, s.MaximumNonWorkHourResultsByDay = n[0], n[1], n[2]
	s.Duration = time.Duration(n[3]) * time.Minute
}

func readNumbers(m *soap.Message, options *etree.Element, s *freebusy.Meeting) (err error) {
	var numbers suggestionNumbers
	for i, r := range suggestionRanges {
		if numbers[i], err = optionalInt(m, options, r.name, r.absent); err != nil {
			return err
		}
		if !r.holds(numbers[i]) {
			return outOfRange(options.Tag+"."+r.name, r.least, r.most)
		}
	}
	numbers.set(s)
	return nil
}

func readMinimumQuality(m *soap.Message, options *etree.Element) (freebusy.SuggestionQuality, error) {
	e := soap.Child(options, nsTypes, "MinimumSuggestionQuality")
	if soap.Text(e) == "" {
		return freebusy.Fair, nil
	}
	quality, ok := freebusy.ParseSuggestionQuality(soap.Text(e))
	if !ok {
		return quality, invalidValue(m, e, nsTypes+":SuggestionQuality")
	}
	return quality, nil
}

// readCurrentMeetingTime gives the zero time where there is none.
func (r *request) readCurrentMeetingTime(m *soap.Message, options *etree.Element) (t time.Time, err error) {
	if text, _ := soap.ChildText(options, nsTypes, "CurrentMeetingTime"); text == "" {
		return t, nil
	}
	current, err := readMoment(m, options, "CurrentMeetingTime")
	if err != nil {
		return t, err
	}
	return current.in(r.Presentation.Zone), nil
}
