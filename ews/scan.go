package ews

import (
	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// scan reads a GetUserAvailability request in one pass over its bytes, as the
// servers and clients that we know write it. It never refuses a request: all
// that it does not know, or finds fault with, it declines, and then [soap.Parse],
// [readCaller] and [readRequest] decide from the same bytes. What it does not
// decline they read alike.
//
// A scan may be used for one request after another. It keeps its room, and what
// the next request most likely has in common with the last one.
type scan struct {
	elements
	zones  *zonesByName
	form   soap.Form // of the entries of a list
	last   lastCaller
	before lastZone
	clock  freebusy.Clock

	mailboxes []freebusy.Mailbox // but for their addresses
	attendees []freebusy.Attendee
	addresses []byte // one behind the other
	ends      []int  // of the addresses
	reading
}

// reading is one request, as far as it has been read.
type reading struct {
	caller  caller
	request request

	zoneName []byte         // Windows name of the zone in the header, "" when there is none
	spelled  *etree.Element // its TimeZoneDefinition, when there is more in it than the name
	has      fields         // of the request
	zone     freebusy.TimeZone
	view     viewOptions
	suggest  suggestionsOptions
	untyped  bool // a MailboxData has no AttendeeType
}

// The reasons for which scan declines, beyond those of a [soap.Scanner].
const (
	otherOperation soap.Reason = "operation"    // the Body asks for something else
	otherHeader    soap.Reason = "header"       // a SOAP header that we do not know
	otherElement   soap.Reason = "element"      // one that is unknown, repeated or missing, or has other attributes
	otherValue     soap.Reason = "value"        // a value that is wrong, or written as few write it
	otherZone      soap.Reason = "zone"         // no time zone, or one that Windows does not have
	switchedOff    soap.Reason = "switched off" // Handler.General
)

var reasons = []soap.Reason{
	soap.Encoding, soap.Markup, soap.Mixed, soap.Size, otherOperation, otherHeader, otherElement, otherValue, otherZone, switchedOff,
}

// The namespaces of a request, as a scan numbers them.
const (
	spaceEnvelope = iota
	spaceMessages
	spaceTypes
	spaceAddressing
	spaceAddressingSlash
)

var scanned = []string{soap.Envelope11, nsMessages, nsTypes, nsAddressing, nsAddressingSlash}

// read reads a request with that User-Agent into caller and request, and reports
// whether it has. Else Declined tells why not.
func (r *scan) read(document []byte, userAgent string) bool {
	r.reset()
	r.Start(document, scanned, limits)
	if !r.Child() || !r.is(spaceEnvelope, "Envelope") {
		r.Decline(otherElement)
	}
	r.envelope(r.header, r.body)
	r.End()
	if r.Declined() == "" {
		r.caller = r.last.caller(userAgent, r.caller.header)
		r.assemble()
	}
	return r.Declined() == ""
}

func (r *scan) reset() {
	r.mailboxes, r.attendees, r.addresses, r.ends = r.mailboxes[:0], r.attendees[:0], r.addresses[:0], r.ends[:0]
	r.reading = reading{}
}

func (r *scan) body() {
	began := r.Offset()
	if !r.Child() || !r.is(spaceMessages, "GetUserAvailabilityRequest") {
		r.Decline(otherOperation)
	}
	r.availabilityRequest()
	if r.Child() {
		r.Decline(otherElement)
	}
	if int64(r.Offset()-began) > limits.Body {
		r.Decline(soap.Size)
	}
}
