package ews

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// complaint is what another server says went wrong, with one mailbox or with
// the whole request.
type complaint struct {
	code    string            // ResponseCode, "" when there is none that looks like one
	text    string            // sayable, never empty
	details map[string]string // what MessageXml holds, by tag or by the Name of a Value
}

var errorCode = regexp.MustCompile(`^Error[A-Za-z0-9]{1,80}$`)

func newComplaint(code, text string, messageXML *etree.Element) complaint {
	c := complaint{details: readMessageXML(messageXML)}
	if errorCode.MatchString(code) {
		c.code = code
	}
	c.text = cmp.Or(upstream.Sayable(text), c.details["ExceptionMessage"], "The remote server gave no reason.")
	return c
}

// maxDetails is more than any server has put into a MessageXml.
const maxDetails = 16

// readMessageXML reads both shapes: elements of their own, in whatever
// namespace the server's age puts them, and Values with a Name.
func readMessageXML(e *etree.Element) map[string]string {
	details := map[string]string{}
	if e == nil {
		return details
	}
	children := e.ChildElements()
	for _, c := range children[:min(len(children), maxDetails)] {
		details[upstream.Sayable(c.SelectAttrValue("Name", c.Tag))] = upstream.Sayable(soap.Text(c))
	}
	return details
}

// cause is the complaint for the log, with what it means for those who decide
// whether to ask again.
func (c complaint) cause() error {
	said := fmt.Errorf("the server says %s, %q, %q", cmp.Or(c.code, "no known code"), c.text, c.details)
	switch freebusy.Code(c.code) {
	case freebusy.ErrorMailRecipientNotFound, freebusy.ErrorNonExistentMailbox, freebusy.ErrorMailboxMoveInProgress,
		freebusy.ErrorProxyRequestNotAllowed, "ErrorConnectionFailed":
		return fmt.Errorf("%w: %w", freebusy.ErrMoved, said)
	case freebusy.ErrorAccessDenied, "ErrorImpersonateUserDenied", "ErrorImpersonationFailed", "ErrorTokenSerializationDenied":
		return fmt.Errorf("%w: %w", freebusy.ErrRefused, said)
	}
	if freebusy.Code(c.code).OfQuestion() {
		return fmt.Errorf("%w: %w", freebusy.ErrAnswered, said)
	}
	if strings.Contains(c.text, wrongOrganisation) {
		return fmt.Errorf("%w: %w", freebusy.ErrMoved, said)
	}
	return said
}

// wrongOrganisation is in the text when the server was asked on behalf of an
// organisation other than the one it serves: autodiscover led to the wrong
// side (resolve-free-busy-errors).
const wrongOrganisation = "LID: 39660"

// windowTooLong reports whether the server wants to be asked for fewer days at
// once. Exchange 2007 names no code and has only the words.
func (c complaint) windowTooLong() bool {
	return c.code == string(freebusy.ErrorTimeIntervalTooBig) || c.code == "" && strings.Contains(c.text, viewOptionsArg+" is too long")
}

// silence is how long we leave a server alone that is too busy and does not say
// for how long: as long as a breaker that has just opened.
const silence = 15 * time.Second

// backOff is how long the server wants to be left alone, 0 when it does not,
// and unsaid when it is busy and does not say. ErrorServerBusy can hide as an
// inner code of another one (ews-throttling-in-exchange).
func (c complaint) backOff(unsaid time.Duration) time.Duration {
	busy := c.code == string(freebusy.ErrorServerBusy) || c.code == "ErrorExceededConnectionCount"
	for _, text := range c.details {
		busy = busy || text == string(freebusy.ErrorServerBusy)
	}
	if !busy {
		return 0
	}
	wait, err := strconv.ParseUint(c.details["BackOffMilliseconds"], 10, 31)
	if err != nil || wait == 0 {
		return unsaid
	}
	return min(time.Duration(wait)*time.Millisecond, upstream.MaxBackOff)
}
