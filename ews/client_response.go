package ews

import (
	"cmp"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"availproxy/ews/soap"
	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// Nothing that Exchange answers comes near these.
const (
	answerDepth      = 64
	answerElements   = 1 << 20
	answerAttributes = 64
)

// incoming is what came back from a server, not read yet.
type incoming struct {
	response *http.Response
	document []byte
	limits   soap.Limits
	origin   freebusy.Origin
}

// incoming takes what came back, unless its status says all there is to say. An
// answer counts only with 200; a fault is a message whatever the status.
func (c *Client) incoming(response *http.Response, origin freebusy.Origin) (*incoming, *freebusy.Error) {
	if !good(response) && response.StatusCode < http.StatusInternalServerError {
		if !withdrawn(response) {
			return nil, upstream.StatusFailure("EWS", response)
		}
		failure := upstream.StatusFailure("EWS", response, "EWS withdrawn")
		failure.Err = fmt.Errorf("%w: %w", freebusy.ErrWithdrawn, failure.Err)
		return nil, failure
	}
	r := &incoming{response: response, origin: origin, limits: soap.Limits{
		Bytes:      cmp.Or(c.MaxAnswer, defaultAnswer),
		Depth:      answerDepth,
		Elements:   answerElements,
		Attributes: answerAttributes,

		AnyReference: true,
	}}
	err := checkContentType(response.Header.Get("Content-Type"))
	if err == nil {
		r.document, err = soap.ReadBytes(c.room(), response.Body, response.ContentLength, r.limits)
	}
	if err != nil {
		return nil, r.unreadable(err)
	}
	return r, nil
}

// What has been read of an answer is copied, so that the next answer may come into
// the same room, unless it is larger than most of them.
const keptAnswerRoom = 1 << 20

func (c *Client) room() []byte {
	if room, _ := c.rooms.Get().(*[]byte); room != nil {
		return *room
	}
	return nil
}

// done gives the room back of an answer that has been read.
func (c *Client) done(came *incoming) {
	if came != nil && cap(came.document) <= keptAnswerRoom {
		c.rooms.Put(&came.document)
	}
}

func good(response *http.Response) bool { return response.StatusCode == http.StatusOK }

// message reads the envelope.
func (r *incoming) message() (*soap.Message, *freebusy.Error) {
	message, err := soap.Parse(r.document, r.limits)
	if err != nil || !good(r.response) && message.Fault() == nil {
		return nil, r.unreadable(err)
	}
	return message, nil
}

// unreadable is the failure where there is no envelope. Without an answer it is
// the status that counts.
func (r *incoming) unreadable(err error) *freebusy.Error {
	if !good(r.response) {
		return upstream.StatusFailure("EWS", r.response)
	}
	return unreadable(err)
}

// errNotXML stands for an answer that is not from Exchange at all.
var errNotXML = errors.New("the answer is not XML")

// errPage is more about one.
var errPage = errors.New("a login page or a firewall answers for Exchange")

// checkContentType takes a missing type for XML, and lets the reader judge.
func checkContentType(header string) error {
	mediaType, _, _ := mime.ParseMediaType(header)
	switch mediaType {
	case "", "text/xml", "application/soap+xml", "application/xml":
		return nil
	case "text/html", "application/xhtml+xml":
		return fmt.Errorf("%w but %s: %w", errNotXML, mediaType, errPage)
	}
	return fmt.Errorf("%w but %s", errNotXML, upstream.Sayable(mediaType))
}

// garbage is why an answer is none.
func garbage(err error) freebusy.Reason {
	if errors.Is(err, errPage) {
		return "page"
	}
	return "answer garbage"
}

// unreadable says why what came back under status 200 is no answer.
func unreadable(err error) *freebusy.Error {
	switch {
	case errors.Is(err, errNotXML), errors.Is(err, soap.ErrMalformed),
		errors.Is(err, soap.ErrDoctype), errors.Is(err, soap.ErrNoMessage):
		return freebusy.ConsequenceOf(garbage(err)).Failure("Response is not well-formed XML", err)
	case errors.Is(err, soap.ErrTooBig), errors.Is(err, soap.ErrTooDeep):
		return freebusy.ConsequenceOf("answer large").Failure("The response is too large", err)
	}
	return upstream.Unreachable(err)
}
