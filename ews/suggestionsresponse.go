package ews

import (
	"fmt"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// writeSuggestions adds the SuggestionsResponse ([MS-OXWAVLS] 3.1.4.1.3.23) to pieces,
// with times on the wall clock of zone. A day without a suggestion has an empty
// array, as Exchange 2007 writes it.
//
// A hundred attendees at 48 times of 62 days are some hundred thousand elements
// of few kinds. Hence no tree is built, and what is the same is shared.
func writeSuggestions(pieces answer, days []freebusy.SuggestionDay, zone freebusy.TimeZone) answer {
	pieces = append(pieces, suggestionsStart)
	for _, day := range days {
		pieces = append(pieces, fmt.Appendf(nil, "<t:SuggestionDayResult><t:Date>%s</t:Date><t:DayQuality>%s</t:DayQuality><t:SuggestionArray>",
			day.Date.Format(wallClock), day.Quality))
		for _, s := range day.Suggestions {
			pieces = append(pieces, fmt.Appendf(nil, "<t:Suggestion><t:MeetingTime>%s</t:MeetingTime><t:IsWorkTime>%t</t:IsWorkTime><t:SuggestionQuality>%s</t:SuggestionQuality><t:AttendeeConflictDataArray>",
				zone.Wall(s.Start).Format(wallClock), s.IsWorkTime, s.Quality))
			for _, c := range s.Conflicts {
				pieces = append(pieces, conflictData.of(c))
			}
			pieces = append(pieces, suggestionEnd)
		}
		pieces = append(pieces, suggestionDayEnd)
	}
	return append(pieces, suggestionsEnd)
}

// The pieces of a SuggestionsResponse that are the same in each.
var (
	suggestionsStart = []byte(`<m:SuggestionsResponse><m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage><m:SuggestionDayResultArray>`)
	suggestionEnd    = []byte("</t:AttendeeConflictDataArray></t:Suggestion>")
	suggestionDayEnd = []byte("</t:SuggestionArray></t:SuggestionDayResult>")
	suggestionsEnd   = []byte("</m:SuggestionDayResultArray></m:SuggestionsResponse>")
	conflictData     = newConflictData()
)

// conflicts are all that can be known of an attendee, written once, in words
// that callers of every age have.
type conflicts struct {
	unknown    []byte
	individual [freebusy.NoData + 1][]byte // by busy type
}

func newConflictData() (data conflicts) {
	data.unknown = fragment(etree.NewElement("t:UnknownAttendeeConflictData"))
	for busy := range data.individual {
		e := etree.NewElement("t:IndividualAttendeeConflictData")
		soap.AddText(e, "t:BusyType", busyType(freebusy.BusyType(busy), Exchange2007))
		data.individual[busy] = fragment(e)
	}
	return data
}

func (data *conflicts) of(c freebusy.AttendeeConflict) []byte {
	if c.Unknown {
		return data.unknown
	}
	return data.individual[c.Busy]
}
