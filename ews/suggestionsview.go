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
	var minutes int
	for _, number := range []struct {
		name                string
		value               *int
		absent, least, most int // ews-managed-api AvailabilityOptions
	}{
		{"GoodThreshold", &s.GoodThreshold, 25, 0, 50}, // learn.microsoft.com goodthreshold
		{"MaximumResultsByDay", &s.MaximumResultsByDay, 10, 0, 48},
		{"MaximumNonWorkHourResultsByDay", &s.MaximumNonWorkHourResultsByDay, 0, 0, 48},
		{"MeetingDurationInMinutes", &minutes, 60, 30, 24 * 60},
	} {
		if *number.value, err = optionalInt(m, options, number.name, number.absent); err != nil {
			return err
		}
		if *number.value < number.least || *number.value > number.most {
			return outOfRange(options.Tag+"."+number.name, number.least, number.most)
		}
	}
	s.Duration = time.Duration(minutes) * time.Minute
	if s.MinimumSuggestionQuality, err = readMinimumQuality(m, options); err != nil {
		return err
	}
	s.Current, err = r.readCurrentMeetingTime(m, options)
	return err
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
