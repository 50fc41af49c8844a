package ews

import (
	"compress/flate"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// moreMutations are mutations of the same answer as mutations are, by what a
// server makes of it. Whatever can be understood in two ways must be an error.
var moreMutations = map[string]mutation{
	"offsets without colon, as gromox has them":  {timesAt(8*time.Hour, "2006-01-02T15:04:05-0700"), "same"},
	"offsets of half an hour behind":             {timesAt(-210*time.Minute, time.RFC3339), "same"},
	"fractions before an offset":                 {timesAt(8*time.Hour, "2006-01-02T15:04:05.0000000-07:00"), "same"},
	"one digit of a fraction":                    {timesIn("2006-01-02T15:04:05.0"), "same"},
	"a blank in place of the T":                  {timesIn("2006-01-02 15:04:05"), "error same error error"},
	"small letters in times":                     {timesIn("2006-01-02t15:04:05z"), "error same error error"},
	"days alone":                                 {timesIn("2006-01-02"), "error same error error"},
	"times as people write them":                 {timesIn("1/2/2006 3:04:05 PM"), "error same error error"},
	"a thirteenth month":                         {replaceAll("2026-11-2", "2026-13-2"), "error same error error"},
	"offsets that no place has":                  {timesIn("2006-01-02T15:04:05+99:00"), "error same error error"},
	"events without a start":                     {replaceEach(`<StartTime>[^<]*</StartTime>`, ""), "error same error error"},
	"events without an end":                      {replaceEach(`<EndTime>[^<]*</EndTime>`, ""), "error same error error"},
	"events that end before they start":          {replaceAll("StartTime>", "EndTime>", "EndTime>", "StartTime>"), "error same error error"},
	"empty times":                                {replaceEach(`<EndTime>[^<]*</EndTime>`, "<EndTime/>"), "error same error error"},
	"two starts of an event":                     {replaceEach(`(<StartTime>)([^<]*)(</StartTime>)`, "$1$2$3${1}2026-11-23T00:00:00$3"), "error same error error"},
	"two busy types of an event":                 {replaceAll("<BusyType>Busy</BusyType>", "<BusyType>Free</BusyType><BusyType>Busy</BusyType>"), "error same error error"},
	"two privacies of an event":                  {replaceAll("<IsPrivate>true</IsPrivate>", "<IsPrivate>false</IsPrivate><IsPrivate>true</IsPrivate>"), "error same same same"},
	"busy types in small letters":                {replaceAll(">OOF</BusyType>", ">oof</BusyType>"), "reworded same same same"},
	"a control character in a name":              {replaceAll("EX2013MBX", "EX2013&#x1F;MBX"), "same"},
	"an event of another namespace":              {replaceAll("<CalendarEventArray", `<x:CalendarEvent xmlns:x="urn:x"><x:StartTime>1</x:StartTime></x:CalendarEvent><CalendarEventArray`), "same"},
	"events under another name":                  {replaceAll("CalendarEvent>", "BusyEvent>"), "digits same digits digits"},
	"a list of views":                            {replaceAll(">DetailedMerged<", ">Detailed MergedOnly<"), "same"},
	"a group: digits alone":                      {digitsAlone(`$1`), "digits same same same"},
	"a public folder: no data":                   {digitsAlone(strings.Repeat("4", 144)), "unknown same same same"},
	"a public folder: no data, as 5":             {digitsAlone(strings.Repeat("5", 144)), "unknown same same same"},
	"digits alone, one too few":                  {digitsAlone(strings.Repeat("0", 143)), "error same same same"},
	"digits alone, with a 6":                     {digitsAlone(strings.Repeat("6", 144)), "error same same same"},
	"digits alone, apart":                        {digitsAlone(strings.Repeat("0 ", 72) + strings.Repeat("0", 72)), "error same same same"},
	"digits alone, none":                         {digitsAlone(""), "error same same same"},
	"no data in some hours without events":       {replaceAll(`>0022000111`, `>4422000111`), "unknown same same same"},
	"no data in an hour that has an event":       {replaceAll(`>0022000111`, `>0044000111`), "same"},
	"too few digits, and no data in some":        {replaceAll(`>0022000111`, `>4422`), "error same same same"},
	"two streams of digits":                      {replaceEach(`(<MergedFreeBusy[^>]*>)(\d+)(</MergedFreeBusy>)`, "$1$2$3${1}0$3"), "error same error error"},
	"a merged view with neither":                 {both(replaceEach(`<CalendarEventArray.*?</CalendarEventArray>`, ""), replaceEach(`<MergedFreeBusy[^>]*>\d+</MergedFreeBusy>`, "")), "error same error error"},
	"a merged view with no digits and no events": {both(replaceEach(`(<CalendarEventArray[^>]*)>.*?</CalendarEventArray>`, "$1/>"), replaceEach(`(<MergedFreeBusy[^>]*)>\d+</MergedFreeBusy>`, "$1/>")), "error same error error"},

	"two views of one mailbox":               {replaceEach(`(</ResponseCode></ResponseMessage>)(<FreeBusyView>.*?</FreeBusyView>)`, "$1$2$2"), "error same error error"},
	"two messages about one mailbox":         {replaceEach(`(<ResponseMessage ResponseClass="Success">.*?</ResponseMessage>)`, "$1$1"), "error same error error"},
	"two codes in a message":                 {replaceAll("<ResponseCode>NoError</ResponseCode>", "<ResponseCode>NoError</ResponseCode><ResponseCode>ErrorTimeoutExpired</ResponseCode>"), "error same error error"},
	"a class of its own":                     {replaceAll(`ResponseClass="Success"`, `ResponseClass="Perfect"`), "same"},
	"an error whose code is NoError":         {replaceAll(`ResponseClass="Success"`, `ResponseClass="Error"`), "error same error error"},
	"a code in small letters":                {replaceAll(">NoError<", ">noerror<"), "error same error error"},
	"a code with markup":                     {replaceAll(">ErrorMailRecipientNotFound<", ">Error&lt;script&gt;<"), "same error same same"},
	"an error that holds a calendar":         {calendarInError, "same"},
	"an error that names somebody else":      {replaceAll("nobody@contoso.example", "Li.Na@contoso.example"), "error"},
	"an error that names somebody similar":   {replaceAll("nobody@contoso.example", "co-nobody@contoso.example"), "same code same same"},
	"an error of a refused requester":        {replaceAll("ErrorMailRecipientNotFound", "ErrorNoFreeBusyAccess"), "same error same same"},
	"a source that is no URL":                {replaceAll("</MessageXml>", `<ResponseSource xmlns="`+nsErrors+`">javascript:alert(1)</ResponseSource></MessageXml>`), "same"},
	"a warning of a calendar that is partly": {replaceAll(`ResponseClass="Success"><ResponseCode>NoError`, `ResponseClass="Warning"><MessageText>partial</MessageText><ResponseCode>ErrorResultSetTooBig`), "error same error error"},

	"one response too many": {func(p *reply) {
		p.body = strings.Replace(p.body, "<FreeBusyResponse>", firstResponse(p.body)+"<FreeBusyResponse>", 1)
	}, "error"},
	"the first twice, the last not":      {shifted, "error"},
	"two arrays":                         {replaceEach(`(<FreeBusyResponseArray>.*</FreeBusyResponseArray>)`, "$1$1"), "error"},
	"an array in an array":               {replaceEach(`(<FreeBusyResponseArray>)(.*)(</FreeBusyResponseArray>)`, "$1$1$2$3$3"), "error"},
	"two answers in one Body":            {replaceEach(`(<GetUserAvailabilityResponse .*</GetUserAvailabilityResponse>)`, "$1$1"), "error"},
	"a fault behind the answer":          {replaceAll("</s:Body>", "<s:Fault><faultcode>s:Server</faultcode><faultstring>It failed.</faultstring></s:Fault></s:Body>"), "error"},
	"an answer behind a fault":           {replaceEach(`(<s:Body[^>]*>)`, "$1<s:Fault><faultcode>s:Server</faultcode><faultstring>It failed.</faultstring></s:Fault>"), "error"},
	"responses of mail tips":             {replaceAll("FreeBusyResponse>", "MailTipsResponseMessageType>"), "error"},
	"a nil response":                     {replaceEach(`<FreeBusyResponse>.*?</FreeBusyResponse>`, `<FreeBusyResponse xsi:nil="true"/>`), "error"},
	"an answer under status 201":         {func(p *reply) { p.status = http.StatusCreated }, "error"},
	"an answer under status 500":         {func(p *reply) { p.status = http.StatusInternalServerError }, "error"},
	"a fault under status 400":           {fault(400, "s:Client", "<detail/>"), "error"},
	"a fault without anything":           {fault(500, "", ""), "error"},
	"a fault of SOAP 1.2 under 200":      {soap12Fault(200, "a:ErrorServerBusy"), "error"},
	"a fault of SOAP 1.2 that is named":  {soap12Fault(500, "a:ErrorTimeIntervalTooBig"), "error"},
	"a number in place of the version":   {replaceEach(`Version="Exchange2013_SP1"`, `Version="15"`), "same"},
	"version numbers that are too great": {replaceAll(`MajorBuildNumber="1497"`, `MajorBuildNumber="99999999999999999999"`), "same"},
	"two versions":                       {replaceEach(`(<h:ServerVersionInfo .*?/>)`, "$1$1"), "same"},

	"Latin-1":                      {replaceAll(`encoding="utf-8"`, `encoding="iso-8859-1"`), "error"},
	"UTF-16 that says so":          {both(replaceAll(`encoding="utf-8"`, `encoding="utf-16"`), asUTF16), "error"},
	"bytes that are no text":       {replaceAll("Stand-up", "Stand\xffup"), "error"},
	"a DOCTYPE":                    {replaceAll(declaration, declaration+`<!DOCTYPE s:Envelope [<!ENTITY a "b">]>`), "error"},
	"an entity of HTML":            {replaceAll("Stand-up", "Stand&nbsp;up"), "error"},
	"something behind the answer":  {func(p *reply) { p.body += "<s:Envelope/>" }, "error"},
	"deflate that nobody asked":    {writing(deflated), "error"},
	"gzip that is cut off":         {writing(cutGzip), "error"},
	"gzip in name only":            {withHeader("Content-Encoding", "gzip"), "error"},
	"a length that is not reached": {writing(tooShort), "error"},
	"a web page in the answer":     {replaceAll("Unable to resolve", "&lt;html&gt;&lt;body&gt;Unable"), "same code same same"},
}

func both(first, second func(*reply)) func(*reply) {
	return func(p *reply) {
		first(p)
		second(p)
	}
}

func timesAt(offset time.Duration, layout string) func(*reply) {
	zone := time.FixedZone("", int(offset/time.Second))
	return times(func(t time.Time) string { return t.In(zone).Format(layout) })
}

// digitsAlone answers about the first mailbox as about a group: with nothing but
// digits, in which $1 are those that were there.
func digitsAlone(digits string) func(*reply) {
	view := regexp.MustCompile(`(?s)<FreeBusyView><FreeBusyViewType[^>]*>DetailedMerged</FreeBusyViewType><MergedFreeBusy[^>]*>(\d+)</MergedFreeBusy>.*?</FreeBusyView>`)
	return func(p *reply) {
		first := firstResponse(p.body)
		p.body = strings.Replace(p.body, first, view.ReplaceAllString(first,
			`<FreeBusyView><FreeBusyViewType`+typesNS+`>MergedOnly</FreeBusyViewType><MergedFreeBusy`+typesNS+`>`+digits+`</MergedFreeBusy></FreeBusyView>`), 1)
	}
}

// calendarInError puts the calendar of the first mailbox into the error of the
// second.
func calendarInError(p *reply) {
	view := regexp.MustCompile(`(?s)<FreeBusyView>.*?</FreeBusyView>`)
	calendar := view.FindString(p.body)
	none := `<FreeBusyView><FreeBusyViewType` + typesNS + `>None</FreeBusyViewType></FreeBusyView>`
	p.body = strings.Replace(p.body, none, calendar, 1)
}

// shifted repeats the first response and leaves out the last, so that all but
// the first stand one place too late.
func shifted(p *reply) {
	first := firstResponse(p.body)
	last := strings.LastIndex(p.body, "<FreeBusyResponse>")
	end := strings.Index(p.body, "</FreeBusyResponseArray>")
	p.body = strings.Replace(p.body[:last], first, first+first, 1) + p.body[end:]
}

func soap12Fault(code int, name string) func(*reply) {
	return status(code, "application/soap+xml", `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value xmlns:a="`+nsTypes+`">`+name+`</s:Value></s:Subcode></s:Code></s:Fault></s:Body></s:Envelope>`)
}

func deflated(w http.ResponseWriter, _ *http.Request, p reply) {
	w.Header().Set("Content-Encoding", "deflate")
	z, err := flate.NewWriter(w, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is one of flate's own
	}
	io.WriteString(z, p.body)
	z.Close()
}

func cutGzip(w http.ResponseWriter, r *http.Request, p reply) {
	var whole cutter
	whole.ResponseWriter = w
	compressed(&whole, r, p)
}

// cutter loses the second half of what is written.
type cutter struct {
	http.ResponseWriter
	written int
}

func (c *cutter) Write(b []byte) (int, error) {
	if c.written += len(b); c.written > 600 {
		return len(b), nil
	}
	return c.ResponseWriter.Write(b)
}

func tooShort(w http.ResponseWriter, _ *http.Request, p reply) {
	w.Header().Set("Content-Length", "1000000")
	io.WriteString(w, p.body)
}
