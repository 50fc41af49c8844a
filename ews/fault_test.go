package ews

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// badRequest is a request that has no answer, and everything that its sender
// can tell by the fault.
type badRequest struct {
	clause   string // where it is written that it is wrong, or seen how it is refused
	document string
	dialect  string // availabilityDialect, ewsDialect or soapDialect
	code     freebusy.Code
	text     string
}

// The three ways in which a fault says what happened.
const (
	availabilityDialect = "a number in m:ErrorCode"  // exchangelib issue 1101
	ewsDialect          = "a code in e:ResponseCode" // learn.microsoft.com addimgroup-operation
	soapDialect         = "no detail"                // SOAP 1.1 4.4
)

// What several mistakes have in common.
const (
	badZone     = "The time zone of the request is missing or not valid."
	badSlots    = "The specified merged free/busy interval is not valid. Specify an interval that is less than the free/busy time window and between 5 and 1440 minutes."
	badWindow   = "The time duration specified for FreeBusyViewOptions.TimeWindow is invalid."
	badSchema   = "The request failed schema validation: "
	inTypes     = " in namespace '" + nsTypes + "'"
	notOfType   = "is invalid according to its datatype '"
	slots       = "MergedFreeBusyIntervalInMinutes"
	xsd         = "http://www.w3.org/2001/XMLSchema:"
	slotsClause = "[MS-OXWAVLS] 3.1.4.1.3.13: 5 to 1440 minutes, not longer than the window"
	zoneClause  = "[MS-OXWAVLS] 3.1.4.1.3.14: TimeZone; from 2010 on it may be in TimeZoneContext instead"
	sizeClause  = "learn.microsoft.com responsecode, ErrorRequestStreamTooBig: 400 KB"
	soapClause  = "learn.microsoft.com responsecode, ErrorInvalidRequest"
	typesClause = "the published types.xsd; learn.microsoft.com responsecode, ErrorSchemaValidation"
)

// badRequests are all ways to ask wrongly that the documents name.
var badRequests = map[string]badRequest{
	// The document.
	"no body":           {soapClause + ": empty", "", ewsDialect, freebusy.ErrorInvalidRequest, "The request is invalid: the document is not well-formed XML."},
	"not well-formed":   {"XML 1.0 2.1", ask().document()[:500], ewsDialect, freebusy.ErrorInvalidRequest, "The request is invalid: the document is not well-formed XML (line 4)."},
	"a DOCTYPE":         {"SOAP 1.1 3", "<!DOCTYPE s:Envelope>" + ask().document()[len(`<?xml version="1.0" encoding="utf-8"?>`):], ewsDialect, freebusy.ErrorInvalidRequest, "The request is invalid: the document has a DOCTYPE, which SOAP 1.1 section 3 forbids."},
	"too deep":          {"ours: 32 levels", ask().header(strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40)).document(), ewsDialect, freebusy.ErrorInvalidRequest, "The request is invalid: the document is nested too deeply or has too many parts."},
	"more than 400 KB":  {sizeClause, ask().element("Address", strings.Repeat("x", 410<<10)).document(), ewsDialect, freebusy.ErrorRequestStreamTooBig, "The request stream is larger than the 400 KB that are allowed."},
	"more than 1 MiB":   {sizeClause, ask().header("<!--" + strings.Repeat("x", 1<<20) + "-->").document(), ewsDialect, freebusy.ErrorRequestStreamTooBig, "The request stream is larger than the 400 KB that are allowed."},
	"not SOAP":          {"SOAP 1.1 4", "<html><body>Hello</body></html>", ewsDialect, freebusy.ErrorInvalidRequest, "The request is invalid: the document is not a SOAP envelope."},
	"SOAP 1.2":          {"learn.microsoft.com getuseravailability-operation: SOAP 1.1", ask().replace(soap.Envelope11, soap.Envelope12).document(), ewsDialect, freebusy.ErrorInvalidRequest, "The request is invalid: the envelope must be SOAP 1.1."},
	"an empty Body":     {soapClause + ": empty", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>`, ewsDialect, freebusy.ErrorInvalidRequest, "The request is invalid: the Body is empty."},
	"another operation": {soapClause, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:GetFolder xmlns:m="` + nsMessages + `"/></s:Body></s:Envelope>`, ewsDialect, freebusy.ErrorInvalidRequest, "The request is invalid: the operation GetFolder is not available on this server."},
	"a namespace with https": {"the published messages.xsd: http", strings.ReplaceAll(ask().document(), nsMessages, strings.Replace(nsMessages, "http:", "https:", 1)), ewsDialect, freebusy.ErrorInvalidRequest,
		"The request is invalid: the operation GetUserAvailabilityRequest is not available on this server."},

	// The header.
	"a header to be understood": {"SOAP 1.1 4.2.3", ask().header(`<x:Unheard xmlns:x="urn:x" s:mustUnderstand="1"/>`).document(), soapDialect, "MustUnderstand", "SOAP header Unheard was not understood."},
	"a version of nobody":       {"learn.microsoft.com requestserverversion", ask().header(`<t:RequestServerVersion Version="Exchange2019"/>`).document(), ewsDialect, freebusy.ErrorInvalidServerVersion, "The specified server version is invalid."},

	// Who is asked about.
	"no MailboxDataArray": {"learn.microsoft.com responsecode, ErrorMissingArgument", ask().without("MailboxDataArray").document(), availabilityDialect, freebusy.ErrorMissingArgument, "The required argument MailboxDataArray is missing."},
	"no mailbox":          {"learn.microsoft.com responsecode, ErrorMailboxDataArrayEmpty", ask().element("MailboxDataArray", "").document(), availabilityDialect, freebusy.ErrorMailboxDataArrayEmpty, "There are no target users in the EmailAddress array."},
	"101 mailboxes": {"learn.microsoft.com getuseravailability-operation: 100 identifiers; exchangelib issue 1101", ask(users(101)...).document(), availabilityDialect, freebusy.ErrorMailboxDataArrayTooBig,
		"There are too many target users in the EmailAddress array. The allowed size = 100; the actual size = 101."},
	"101 mailboxes and a bad window": {"the first mistake is told", ask(users(101)...).window("2026-11-24T00:00:00", "2026-11-23T00:00:00").document(), availabilityDialect, freebusy.ErrorMailboxDataArrayTooBig,
		"There are too many target users in the EmailAddress array. The allowed size = 100; the actual size = 101."},
	"a mailbox without Email": {typesClause, ask().element("MailboxData", "<t:AttendeeType>Required</t:AttendeeType>").document(), ewsDialect, freebusy.ErrorSchemaValidation,
		badSchema + "The element 'MailboxData'" + inTypes + " has incomplete content. List of possible elements expected: 'Email'" + inTypes + "."},

	// In which zone.
	"no zone":              {zoneClause, ask().without("TimeZone").document(), availabilityDialect, freebusy.ErrorTimeZone, badZone},
	"a zone 25 hours away": {zoneClause, ask().element("Bias", "1500").document(), availabilityDialect, freebusy.ErrorTimeZone, badZone},
	"a zone that is no number": {typesClause, ask().element("Bias", "UTC").document(), ewsDialect, freebusy.ErrorSchemaValidation,
		badSchema + "The '" + nsTypes + ":Bias' element is invalid - The value 'UTC' " + notOfType + xsd + "int'"},
	"a zone without a switch": {typesClause, ask().without("DaylightTime").document(), ewsDialect, freebusy.ErrorSchemaValidation,
		badSchema + "The element 'TimeZone'" + inTypes + " has incomplete content. List of possible elements expected: 'DaylightTime'" + inTypes + "."},
	"an unknown Windows zone": {"learn.microsoft.com timezonedefinition", ask().without("TimeZone").header(`<t:TimeZoneContext><t:TimeZoneDefinition Id="Gondor Standard Time"/></t:TimeZoneContext>`).document(), availabilityDialect, freebusy.ErrorTimeZone, badZone},
	"a definition to nowhere": {"learn.microsoft.com timezonedefinition", ask().without("TimeZone").header(`<t:TimeZoneContext><t:TimeZoneDefinition Id="x"><t:Transitions/></t:TimeZoneDefinition></t:TimeZoneContext>`).document(), availabilityDialect, freebusy.ErrorTimeZone, badZone},

	// For which hours.
	"no options":    {"learn.microsoft.com getuseravailability-operation: one of the two options", ask().without("FreeBusyViewOptions").document(), availabilityDialect, freebusy.ErrorInvalidFreeBusyViewType, "The requested free/busy view type is not valid."},
	"no TimeWindow": {"learn.microsoft.com responsecode, ErrorMissingArgument", ask().without("TimeWindow").document(), availabilityDialect, freebusy.ErrorMissingArgument, "The required argument FreeBusyViewOptions.TimeWindow is missing."},
	"no StartTime": {typesClause, ask().without("StartTime").document(), ewsDialect, freebusy.ErrorSchemaValidation,
		badSchema + "The element 'TimeWindow'" + inTypes + " has incomplete content. List of possible elements expected: 'StartTime'" + inTypes + "."},
	"a window that is no time": {typesClause, ask().window("yesterday", "2026-11-24T00:00:00").document(), ewsDialect, freebusy.ErrorSchemaValidation,
		badSchema + "The '" + nsTypes + ":StartTime' element is invalid - The value 'yesterday' " + notOfType + xsd + "dateTime'"},
	"a window of no length":     {"ews-javascript-api issue 235", ask().window("2026-11-23T00:00:00", "2026-11-23T00:00:00").document(), availabilityDialect, freebusy.ErrorInvalidTimeInterval, badWindow},
	"a window that ends before": {"ews-javascript-api issue 235", ask().window("2026-11-24T00:00:00", "2026-11-23T00:00:00").document(), availabilityDialect, freebusy.ErrorInvalidTimeInterval, badWindow},
	"a window of 63 days": {"[MS-OXWAVLS] 3.1.4.1.3.24: 62 days; sharing-exchange-2013-help", ask().window("2026-11-23T00:00:00", "2027-01-25T00:00:00").document(), availabilityDialect, freebusy.ErrorTimeIntervalTooBig,
		"The requested time duration specified for FreeBusyViewOptions.TimeWindow is too long. The allowed limit = 62 days; the actual limit = 63 days."},
	"a window of ages": {"[MS-OXWAVLS] 3.1.4.1.3.24: 62 days", ask().window("0001-01-01T00:00:00", "9999-12-31T23:59:59").document(), availabilityDialect, freebusy.ErrorTimeIntervalTooBig,
		"The requested time duration specified for FreeBusyViewOptions.TimeWindow is too long. The allowed limit = 62 days; the actual limit = 3652059 days."},

	// In which form.
	"an interval of 4 minutes": {slotsClause, ask().element(slots, "4").document(), availabilityDialect, freebusy.ErrorInvalidMergedInterval, badSlots},
	"an interval of 1441":      {slotsClause, ask().element(slots, "1441").window("2026-11-23T00:00:00", "2026-11-30T00:00:00").document(), availabilityDialect, freebusy.ErrorInvalidMergedInterval, badSlots},
	"a negative interval":      {slotsClause, ask().element(slots, "-30").document(), availabilityDialect, freebusy.ErrorInvalidMergedInterval, badSlots},
	"an interval over window":  {slotsClause, ask().element(slots, "61").window("2026-11-23T00:00:00", "2026-11-23T01:00:00").document(), availabilityDialect, freebusy.ErrorInvalidMergedInterval, badSlots},
	"an endless interval": {typesClause, ask().element(slots, "99999999999").document(), ewsDialect, freebusy.ErrorSchemaValidation,
		badSchema + "The '" + nsTypes + ":" + slots + "' element is invalid - The value '99999999999' " + notOfType + xsd + "int'"},
	"view None": {"learn.microsoft.com responsecode, ErrorInvalidFreeBusyViewType", ask().view("None").document(), availabilityDialect, freebusy.ErrorInvalidFreeBusyViewType, "The requested free/busy view type is not valid."},
	"an unknown view": {typesClause, ask().view("FreeBusy Everything").document(), ewsDialect, freebusy.ErrorSchemaValidation,
		badSchema + "The '" + nsTypes + ":RequestedView' element is invalid - The value 'FreeBusy Everything' " + notOfType + nsTypes + ":FreeBusyViewType'"},
}

// users are so many different addresses.
func users(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("user%d@contoso.com", i)
	}
	return all
}

// TestBadRequests sends every bad request and reads the fault as a client does.
func TestBadRequests(t *testing.T) {
	for name, bad := range badRequests {
		t.Run(name, bad.isRefused)
	}
}

func (bad badRequest) isRefused(t *testing.T) {
	w := post(&Handler{Source: people{}, Log: quiet}, bad.document)
	if w.Code != http.StatusInternalServerError || w.Header().Get("Content-Type") != "text/xml; charset=utf-8" {
		t.Errorf("got %d, %q", w.Code, w.Header().Get("Content-Type"))
	}
	m, err := soap.Read(w.Body, soap.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	f := m.Fault()
	if f == nil {
		t.Fatalf("no fault, though %s", bad.clause)
	}
	if f.Code != string(bad.code) || f.Text != bad.text || m.Header != nil {
		t.Errorf("%s:\ngot  %s, %s\nwant %s, %s", bad.clause, f.Code, f.Text, bad.code, bad.text)
	}
	if got := dialectOf(f, bad.code); got != bad.dialect {
		t.Errorf("%s: the fault has %s, want %s", bad.clause, got, bad.dialect)
	}
}

// dialectOf is how f says that it is of that code, or what is wrong with that.
func dialectOf(f *soap.Fault, code freebusy.Code) string {
	if f.Detail == nil {
		return soapDialect
	}
	number, ordinary := soap.Child(f.Detail, nsMessages, "ErrorCode"), soap.Child(f.Detail, nsErrors, "ResponseCode")
	switch {
	case number != nil && ordinary == nil && soap.Text(number) == strconv.Itoa(cmp.Or(exceptionNumbers[code], corEException)):
		return availabilityDialect
	case number == nil && soap.Text(ordinary) == string(code) && soap.Text(soap.Child(f.Detail, nsErrors, "Message")) != "":
		return ewsDialect
	}
	return "a detail that is neither: " + soap.Text(number) + soap.Text(ordinary)
}

// TestAViolationIsToldWithItsPlace reads what goes beyond code and message.
func TestAViolationIsToldWithItsPlace(t *testing.T) {
	w := post(&Handler{Source: people{}, Log: quiet}, ask().element("Bias", "UTC").document())
	m, err := soap.Read(w.Body, soap.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	more := soap.Child(m.Fault().Detail, nsTypes, "MessageXml") // of types, not of errors, here (ews-managed-api, SoapFaultDetails)
	line, _ := soap.ChildText(more, nsTypes, "LineNumber")
	column, _ := soap.ChildText(more, nsTypes, "LinePosition")
	violation, _ := soap.ChildText(more, nsTypes, "Violation")
	if line != "4" || column != "13" || badSchema+violation != m.Fault().Text {
		t.Errorf("got line %s, position %s, %s", line, column, violation)
	}
}

// TestWhatIsJustAllowed asks at the edge of every limit.
func TestWhatIsJustAllowed(t *testing.T) {
	onPacific := ask().without("TimeZone").header(`<t:TimeZoneContext><t:TimeZoneDefinition Id="Pacific Standard Time"/></t:TimeZoneContext>`)
	tests := map[string]asked{
		"100 mailboxes":                         ask(users(100)...),
		"62 days":                               ask().window("2026-11-23T00:00:00", "2027-01-24T00:00:00"),
		"62 days and the hour of a switch":      onPacific.window("2026-10-01T00:00:00", "2026-12-02T00:00:00"),
		"slots of 5 minutes":                    ask().element(slots, "5"),
		"slots of a day":                        ask().element(slots, "1440").window("2026-11-23T00:00:00", "2026-11-30T00:00:00"),
		"a slot as long as the window":          ask().element(slots, "60").window("2026-11-23T00:00:00", "2026-11-23T01:00:00"),
		"slots that do not divide the window":   ask().element(slots, "7"),
		"no RoutingType, no ExcludeConflicts":   ask(),
		"a zone 24 hours away":                  ask().element("Bias", "1440"),
		"an AttendeeType that nobody asked for": ask().without("AttendeeType"),
	}
	for name, asked := range tests {
		t.Run(name, func(t *testing.T) {
			if w := post(&Handler{Source: people{}, Log: quiet}, asked.document()); w.Code != http.StatusOK {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
}
