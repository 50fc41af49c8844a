package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// reader turns the answer to one request into calendars.
type reader struct {
	asked  question
	asOf   time.Time
	origin freebusy.Origin
}

// scheduleResponse is the answer of getSchedule.
type scheduleResponse struct {
	Value []schedule `json:"value"`
}

var errTooLarge = errors.New("graph: the answer is larger than it may be")

// read fills answers, one for each mailbox that was asked about, or says why the
// request as a whole has failed.
func (r reader) read(response *http.Response, most int64, answers []freebusy.Answer) *freebusy.Error {
	data, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err == nil && int64(len(data)) > most {
		err = errTooLarge
	}
	if response.StatusCode != http.StatusOK {
		return refusal(response, data)
	}
	switch {
	case errors.Is(err, errTooLarge):
		return freebusy.ConsequenceOf("answer large").Failure("The response is too large", err)
	case err != nil:
		return upstream.Unreachable(err)
	}
	if err := checkContentType(response.Header.Get("Content-Type")); err != nil {
		reason := freebusy.Reason("answer garbage")
		if upstream.Page(response.Header) {
			reason = "page"
		}
		return freebusy.ConsequenceOf(reason).Failure("Response is not well-formed JSON", err)
	}
	var told scheduleResponse
	if err := json.Unmarshal(data, &told); err != nil {
		return freebusy.ConsequenceOf("answer garbage").Failure("Response is not well-formed JSON", shapeOf(err))
	}
	r.assign(told.Value, answers)
	return nil
}

// checkContentType takes a missing type for JSON, and lets the parser judge.
func checkContentType(header string) error {
	mediaType, _, _ := mime.ParseMediaType(header)
	switch mediaType {
	case "", "application/json", "text/json":
		return nil
	case "text/html", "application/xhtml+xml":
		return fmt.Errorf("the answer is not JSON but %s: a login page or a firewall answers for Graph", mediaType)
	}
	return fmt.Errorf("the answer is not JSON but %q", upstream.Sayable(mediaType))
}

// shapeOf is an error of encoding/json without the text that it stumbled over,
// which may be somebody's subject.
func shapeOf(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("a JSON %s at byte %d stands for %s", wrong.Value, wrong.Offset, wrong.Field)
	}
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("it is no JSON at byte %d", wrong.Offset)
	}
	return errors.New("it is no JSON")
}

// assign gives each schedule to the mailbox that it names. The order says
// nothing: some are missing, some come twice, some were not asked for.
func (r reader) assign(schedules []schedule, answers []freebusy.Answer) {
	byKey := make(map[string][]schedule, len(schedules))
	for _, s := range schedules {
		byKey[key(s.ScheduleID)] = append(byKey[key(s.ScheduleID)], s)
	}
	for i, m := range r.asked.mailboxes {
		switch told := byKey[m.Key()]; len(told) {
		case 1:
			answers[i] = r.answer(m, told[0])
		case 0:
			answers[i] = r.unusable(errors.New("graph: the answer has no schedule for this mailbox"))
		default:
			answers[i] = r.unusable(fmt.Errorf("graph: the answer has %d schedules for this mailbox", len(told)))
		}
	}
}

func (r reader) unusable(cause error) freebusy.Answer {
	failure := freebusy.GenerationFailed(cause)
	failure.Source = r.origin.URL
	return freebusy.Answer{Err: failure}
}
