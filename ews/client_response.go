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

// message reads the envelope that came back. A fault is a message whatever the
// status; an answer counts only with 200.
func (c *Client) message(response *http.Response) (*soap.Message, *freebusy.Error) {
	ok := response.StatusCode == http.StatusOK
	if !ok && response.StatusCode < http.StatusInternalServerError {
		failure := upstream.StatusFailure("EWS", response)
		if withdrawn(response) {
			failure.Err = fmt.Errorf("%w: %w", freebusy.ErrWithdrawn, failure.Err)
		}
		return nil, failure
	}
	message, err := c.envelope(response)
	switch {
	case ok && err != nil:
		return nil, unreadable(err)
	case !ok && (err != nil || message.Fault() == nil):
		return nil, upstream.StatusFailure("EWS", response)
	}
	return message, nil
}

func (c *Client) envelope(response *http.Response) (*soap.Message, error) {
	if err := checkContentType(response.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	return soap.Read(response.Body, soap.Limits{
		Bytes:      cmp.Or(c.MaxAnswer, defaultAnswer),
		Depth:      answerDepth,
		Elements:   answerElements,
		Attributes: answerAttributes,

		AnyReference: true,
	})
}

// errNotXML stands for an answer that is not from Exchange at all.
var errNotXML = errors.New("the answer is not XML")

// checkContentType takes a missing type for XML, and lets the reader judge.
func checkContentType(header string) error {
	mediaType, _, _ := mime.ParseMediaType(header)
	switch mediaType {
	case "", "text/xml", "application/soap+xml", "application/xml":
		return nil
	case "text/html", "application/xhtml+xml":
		return fmt.Errorf("%w but %s: a login page or a firewall answers for Exchange", errNotXML, mediaType)
	}
	return fmt.Errorf("%w but %s", errNotXML, upstream.Sayable(mediaType))
}

// unreadable says why what came back under status 200 is no answer.
func unreadable(err error) *freebusy.Error {
	switch {
	case errors.Is(err, errNotXML), errors.Is(err, soap.ErrMalformed),
		errors.Is(err, soap.ErrDoctype), errors.Is(err, soap.ErrNoMessage):
		return freebusy.ProxyFailed("Response is not well-formed XML", err)
	case errors.Is(err, soap.ErrTooBig), errors.Is(err, soap.ErrTooDeep):
		return freebusy.ProxyFailed("The response is too large", err)
	}
	return upstream.Unreachable(err)
}
