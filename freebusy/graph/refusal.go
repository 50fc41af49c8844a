package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// scheduleError is a freeBusyError (learn.microsoft.com freebusyerror): why there
// is no schedule for one mailbox.
type scheduleError struct {
	Message      string `json:"message"`
	ResponseCode string `json:"responseCode"`
}

// The numbers by which Graph, as Exchange, calls what happened to one mailbox
// (troubleshoot-freebusy-issues-in-exchange-hybrid; resolve-free-busy-errors). It
// says 5016 of a person whom it does not know, and of one without a mailbox.
var numbers = map[string]freebusy.Code{
	"5009": freebusy.ErrorMailRecipientNotFound,
	"5016": freebusy.ErrorMailRecipientNotFound,
	"5021": freebusy.ErrorServiceDiscoveryFailed,
	"5035": freebusy.ErrorInvalidSmtpAddress,
	"5037": freebusy.ErrorNoFreeBusyAccess,
	"5039": freebusy.ErrorAutoDiscoverFailed,
}

var errorCode = regexp.MustCompile(`^(?i:error)[A-Za-z0-9]{1,80}$`)

// failure puts e in the words of EWS. A code that is none of ours keeps its name,
// since that is what the other side would have said over EWS.
func (e *scheduleError) failure(m freebusy.Mailbox) *freebusy.Error {
	said := fmt.Errorf("graph: the schedule has error %q, %q", upstream.Sayable(e.ResponseCode), upstream.Sayable(e.Message))
	code, known := numbers[strings.TrimSpace(e.ResponseCode)]
	if !known && errorCode.MatchString(e.ResponseCode) {
		code, known = freebusy.Code("Error"+e.ResponseCode[len("Error"):]), true
	}
	switch {
	case !known:
		return upstream.Failed(orNoReason(e.Message), said)
	case code == freebusy.ErrorMailRecipientNotFound:
		return freebusy.MailRecipientNotFound(m, said)
	case code == freebusy.ErrorNoFreeBusyAccess:
		return freebusy.NoFreeBusyAccess(said)
	case code == freebusy.ErrorInvalidSmtpAddress:
		failure := freebusy.InvalidSMTPAddress(m.Address)
		failure.Err = said
		return failure
	}
	return &freebusy.Error{Code: code, Text: orNoReason(e.Message), Err: said}
}

func orNoReason(message string) string {
	if said := upstream.Sayable(message); said != "" {
		return said
	}
	return "The remote server gave no reason."
}

// errorResponse is how Graph says that a whole request has failed
// (learn.microsoft.com errors).
type errorResponse struct {
	Error struct {
		Code       string `json:"code"`
		Message    string `json:"message"`
		InnerError struct {
			Code string `json:"code"`
		} `json:"innerError"`
	} `json:"error"`
}

// refusal is why a request has failed with a status other than 200.
func refusal(response *http.Response, data []byte) *freebusy.Error {
	var told errorResponse
	if checkContentType(response.Header.Get("Content-Type")) == nil {
		json.Unmarshal(data, &told) // a page of somebody else is no error of Graph
	}
	failure := upstream.StatusFailure("Graph", response)
	code := told.Error.Code
	failure.Err = fmt.Errorf("graph says %q, %q: %w", upstream.Sayable(code), upstream.Sayable(told.Error.Message), failure.Err)
	switch response.StatusCode {
	case http.StatusNotFound:
		if code != "" {
			failure.Err = fmt.Errorf("%w: %w", errNotAnAnchor, failure.Err)
		}
	case http.StatusBadRequest:
		if limit, ok := limits[strings.ToLower(code)]; ok {
			failure.Code, failure.Text = limit, orNoReason(told.Error.Message)
		}
	}
	return failure
}

// limits are the codes that can be mended by asking for less, by their names in
// lower case.
var limits = map[string]freebusy.Code{
	"errortimeintervaltoobig":     freebusy.ErrorTimeIntervalTooBig,
	"errorresultsettoobig":        freebusy.ErrorResultSetTooBig,
	"errormailboxdataarraytoobig": freebusy.ErrorMailboxDataArrayTooBig,
}
