package forest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// scheduleQuestion is a request for getSchedule that Graph has read. It is put to
// the same engine as those of EWS.
type scheduleQuestion struct {
	question
	answerZone string // as it was asked for
	preferred  bool   // it was
}

// scheduleMembers are those of the request, whose names may be in any case.
type scheduleMembers struct {
	schedules            []string
	start, end, interval json.RawMessage
}

var timeZonePreference = regexp.MustCompile(`(?i)outlook\.timezone\s*=\s*"([^"]*)"`)

// read reads the body and the headers. What could be read is returned beside a
// refusal.
func (g *Graph) read(body []byte, header http.Header) (*scheduleQuestion, *graphError) {
	q := &scheduleQuestion{answerZone: "UTC"}
	m, err := readScheduleMembers(body)
	if err != nil {
		return q, badGraphRequest("BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	for _, address := range m.schedules {
		q.mailboxes = append(q.mailboxes, target{address: address, routing: "SMTP"})
	}
	if preference := timeZonePreference.FindStringSubmatch(strings.Join(header.Values("Prefer"), ",")); preference != nil {
		q.answerZone, q.preferred = preference[1], true
	}
	var known bool
	if q.zone, known = ZoneByID(q.answerZone); !known {
		return q, noSuchZone(q.answerZone)
	}
	return q, q.check(m, cmp.Or(g.MostSchedules, 20))
}

// check refuses what the engine would refuse, and reads the times.
func (q *scheduleQuestion) check(m scheduleMembers, most int) *graphError {
	switch n := len(q.mailboxes); {
	case n == 0:
		return badGraphRequest("ErrorMailboxDataArrayEmpty", "The mailbox data array is empty.")
	case n > most:
		return faultOfExchange(tooManyMailboxes(most, n))
	}
	var refused *graphError
	if q.from, refused = readDateTimeTimeZone("startTime", m.start); refused != nil {
		return refused
	}
	if q.to, refused = readDateTimeTimeZone("endTime", m.end); refused != nil {
		return refused
	}
	if f := q.checkWindow(ExchangeOnline); f != nil {
		return faultOfExchange(f)
	}
	if refused := q.readInterval(m.interval); refused != nil {
		return refused
	}
	if f := q.checkInterval(); f != nil {
		return faultOfExchange(f)
	}
	q.view = "Detailed"
	return nil
}

// readInterval takes a number, or one in quotes as the documents also show it. An
// explicit null has been seen to be too much for the service
// (microsoft-graph-docs 4494).
func (q *scheduleQuestion) readInterval(text json.RawMessage) *graphError {
	switch {
	case text == nil:
		q.interval = 30 * time.Minute
		return nil
	case string(text) == "null":
		return &graphError{http.StatusInternalServerError, "ErrorInternalServerError", "An internal server error occurred. The operation failed.", 0}
	}
	minutes, err := strconv.Atoi(strings.Trim(string(text), `"`))
	if err != nil {
		return badGraphRequest("BadRequest", "Cannot convert a value to target type 'Edm.Int32'.")
	}
	q.interval = time.Duration(minutes) * time.Minute
	return nil
}

func readScheduleMembers(body []byte) (m scheduleMembers, err error) {
	var members map[string]json.RawMessage
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&members); err != nil {
		return m, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return m, errors.New("something follows the object")
	}
	for name, value := range members {
		switch strings.ToLower(name) {
		case "schedules":
			if err := json.Unmarshal(value, &m.schedules); err != nil {
				return m, err
			}
		case "starttime":
			m.start = value
		case "endtime":
			m.end = value
		case "availabilityviewinterval":
			m.interval = value
		default:
			return m, errors.New("an unknown parameter")
		}
	}
	return m, nil
}

// readDateTimeTimeZone reads a dateTimeTimeZone: a wall clock beside the name of
// its zone.
func readDateTimeTimeZone(name string, text json.RawMessage) (time.Time, *graphError) {
	var value struct {
		DateTime *string `json:"dateTime"`
		TimeZone *string `json:"timeZone"`
	}
	if err := json.Unmarshal(text, &value); err != nil || value.DateTime == nil || value.TimeZone == nil {
		return time.Time{}, badGraphRequest("ErrorInvalidParameter", "The parameter '"+name+"' is missing or not valid.")
	}
	zone, known := ZoneByID(*value.TimeZone)
	if !known {
		return time.Time{}, noSuchZone(*value.TimeZone)
	}
	t, ok := readTime(*value.DateTime, zone)
	if !ok {
		return time.Time{}, badGraphRequest("ErrorInvalidParameter", "The parameter '"+name+"' is missing or not valid.")
	}
	return t, nil
}

func noSuchZone(name string) *graphError {
	return badGraphRequest("TimeZoneNotSupportedException", "A valid TimeZone value must be specified. The following TimeZone value is not supported: '"+name+"'.")
}
