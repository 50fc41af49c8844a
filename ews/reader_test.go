package ews

import (
	"encoding/xml"
	"io"
	"slices"
	"testing"
	"time"

	"availproxy/freebusy"
)

// The types below are a reader of answers that shares nothing with the writer
// but the namespaces: encoding/xml instead of etree, structs instead of code.

type readEnvelope struct {
	XMLName xml.Name `xml:"http://schemas.xmlsoap.org/soap/envelope/ Envelope"`
	Version struct {
		Major   int    `xml:"MajorVersion,attr"`
		Build   int    `xml:"MajorBuildNumber,attr"`
		Version string `xml:",attr"`
	} `xml:"Header>ServerVersionInfo"`
	Responses   []readResponse   `xml:"Body>GetUserAvailabilityResponse>FreeBusyResponseArray>FreeBusyResponse"`
	Suggestions *readSuggestions `xml:"Body>GetUserAvailabilityResponse>SuggestionsResponse"`
}

type readSuggestions struct {
	Message readMessage `xml:"http://schemas.microsoft.com/exchange/services/2006/messages ResponseMessage"`
	Days    []struct {
		Date        string
		Quality     string `xml:"DayQuality"`
		Suggestions []struct {
			Time      string `xml:"MeetingTime"`
			WorkTime  bool   `xml:"IsWorkTime"`
			Quality   string `xml:"SuggestionQuality"`
			Conflicts struct {
				All []readConflict `xml:",any"`
			} `xml:"AttendeeConflictDataArray"`
		} `xml:"SuggestionArray>Suggestion"`
	} `xml:"SuggestionDayResultArray>SuggestionDayResult"`
}

type readConflict struct {
	XMLName xml.Name
	Busy    string `xml:"BusyType"`
}

type readResponse struct {
	Message readMessage `xml:"http://schemas.microsoft.com/exchange/services/2006/messages ResponseMessage"`
	View    struct {
		Type   string      `xml:"http://schemas.microsoft.com/exchange/services/2006/types FreeBusyViewType"`
		Merged *string     `xml:"http://schemas.microsoft.com/exchange/services/2006/types MergedFreeBusy"`
		Events []readEvent `xml:"CalendarEventArray>CalendarEvent"`
		Hours  *struct {
			Zone    readZone `xml:"TimeZone"`
			Periods []struct {
				Days  string `xml:"DayOfWeek"`
				Start int    `xml:"StartTimeInMinutes"`
				End   int    `xml:"EndTimeInMinutes"`
			} `xml:"WorkingPeriodArray>WorkingPeriod"`
		} `xml:"http://schemas.microsoft.com/exchange/services/2006/types WorkingHours"`
	} `xml:"http://schemas.microsoft.com/exchange/services/2006/messages FreeBusyView"`
}

type readMessage struct {
	Class string `xml:"ResponseClass,attr"`
	Text  string `xml:"MessageText"`
	Code  string `xml:"ResponseCode"`
	Link  *int   `xml:"DescriptiveLinkKey"`
	XML   struct {
		Type    string `xml:"http://schemas.microsoft.com/exchange/services/2006/errors ExceptionType"`
		Code    int    `xml:"http://schemas.microsoft.com/exchange/services/2006/errors ExceptionCode"`
		Server  string `xml:"http://schemas.microsoft.com/exchange/services/2006/errors ExceptionServerName"`
		Message string `xml:"http://schemas.microsoft.com/exchange/services/2006/errors ExceptionMessage"`
		Source  string `xml:"http://schemas.microsoft.com/exchange/services/2006/errors ResponseSource"`
	} `xml:"MessageXml"`
}

type readEvent struct {
	Start   string `xml:"StartTime"`
	End     string `xml:"EndTime"`
	Busy    string `xml:"BusyType"`
	Details *struct {
		ID            string
		Subject       string
		Location      string
		IsMeeting     bool
		IsRecurring   bool
		IsException   bool
		IsReminderSet bool
		IsPrivate     bool
	} `xml:"CalendarEventDetails"`
}

type readZone struct {
	Bias     int
	Standard readSwitchRule `xml:"StandardTime"`
	Daylight readSwitchRule `xml:"DaylightTime"`
}

type readSwitchRule struct {
	Bias      int
	Time      string
	DayOrder  int
	Month     int
	DayOfWeek string
}

// read reads an answer, which must be one document of the sort that all
// clients accept.
func read(t interface{ Fatalf(string, ...any) }, r io.Reader) readEnvelope {
	var e readEnvelope
	if err := xml.NewDecoder(r).Decode(&e); err != nil {
		t.Fatalf("the answer cannot be read: %v", err)
	}
	return e
}

// event turns what was read back into an event, by wall clock arithmetic of
// its own: it looks for the offset at which the clock of zone shows the text.
func (e readEvent) event(t *testing.T, zone freebusy.TimeZone) freebusy.Event {
	t.Helper()
	busy := slices.Index([]string{"Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData"}, e.Busy)
	if busy < 0 {
		t.Fatalf("got busy type %q", e.Busy)
	}
	event := freebusy.Event{Start: instant(t, zone, e.Start), End: instant(t, zone, e.End), Busy: freebusy.BusyType(busy)}
	if d := e.Details; d != nil {
		event.Details = &freebusy.Details{
			ID: d.ID, Subject: d.Subject, Location: d.Location, IsMeeting: d.IsMeeting, IsRecurring: d.IsRecurring,
			IsException: d.IsException, IsReminderSet: d.IsReminderSet, IsPrivate: d.IsPrivate,
		}
	}
	return event
}

func instant(t *testing.T, zone freebusy.TimeZone, text string) time.Time {
	t.Helper()
	wall, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		t.Fatalf("not a naive time: %q", text)
	}
	return zone.Instant(wall)
}
