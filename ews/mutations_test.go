package ews

import (
	"net/http"
	"strings"
	"time"
)

const (
	declaration = `<?xml version="1.0" encoding="utf-8"?>`
	typesNS     = ` xmlns="` + nsTypes + `"`
	suggestions = `<SuggestionsResponse><ResponseMessage ResponseClass="Success"><ResponseCode>NoError</ResponseCode></ResponseMessage></SuggestionsResponse>`
	errorOfB    = `<ResponseMessage ResponseClass="Error"><MessageText>([^<]*)</MessageText><ResponseCode>(\w+)</ResponseCode><DescriptiveLinkKey>0</DescriptiveLinkKey><MessageXml>(.*?)</MessageXml></ResponseMessage>`
	aWarning    = `ResponseClass="Warning"><MessageText>partial</MessageText><ResponseCode>ErrorTimeoutExpired`
	serverBusy  = `<detail><e:ResponseCode xmlns:e="` + nsErrors + `">ErrorServerBusy</e:ResponseCode><t:MessageXml xmlns:t="` + nsTypes + `"><t:Value Name="BackOffMilliseconds">100</t:Value></t:MessageXml></detail>`
)

// mutations are the mutations of testdata/upstream/mutations.txt, of an answer about
// someone with details, nobody, someone without details and one more with.
var mutations = map[string]mutation{
	"bom":        {func(p *reply) { p.body = "\ufeff" + p.body }, "same"},
	"bool-caps":  {replaceAll(">true<", ">True<", ">false<", ">False<"), "same"},
	"bool-digit": {replaceAll(">true<", ">1<", ">false<", ">0<"), "same"},

	"busytype-bogus":   {replaceAll(">Free</BusyType>", ">Bogus</BusyType>"), "reworded same same same"},
	"busytype-missing": {replaceEach(`<BusyType>\w+</BusyType>`, ""), "reworded same same reworded"},
	"busytype-nodata":  {replaceAll(">Free</BusyType>", ">NoData</BusyType>"), "reworded same same same"},
	"busytype-we":      {replaceAll(">Free</BusyType>", ">WorkingElsewhere</BusyType>"), "reworded same same same"},

	"chunked":      {writing(inPieces), "same"},
	"conn-close":   {withHeader("Connection", "close"), "same"},
	"http10-close": {writing(asHTTP10), "same"},
	"slow-2s":      {writing(inPieces), "same"}, // slower than that: TestSlowServers

	"class-missing": {replaceEach(` ResponseClass="\w+"`, ""), "same"},
	"code-missing":  {replaceAll("<ResponseCode>NoError</ResponseCode>", ""), "same"},

	"ct-appxml":  {withHeader("Content-Type", "application/xml; charset=utf-8"), "same"},
	"ct-html":    {withHeader("Content-Type", "text/html; charset=utf-8"), "error"},
	"ct-missing": {func(p *reply) { p.header["Content-Type"] = nil }, "same"},
	"ct-noparam": {withHeader("Content-Type", "text/xml"), "same"},
	"ct-nospace": {withHeader("Content-Type", "text/xml;charset=utf-8"), "same"},
	"ct-quoted":  {withHeader("Content-Type", `text/xml; charset="utf-8"`), "same"},
	"ct-soap12":  {withHeader("Content-Type", "application/soap+xml; charset=utf-8"), "same"},
	"ct-upper":   {withHeader("Content-Type", "text/xml; charset=UTF-8"), "same"},

	"date-frac3":  {timesIn("2006-01-02T15:04:05.000"), "same"},
	"date-frac7":  {timesIn("2006-01-02T15:04:05.0000000"), "same"},
	"date-frac7z": {timesIn("2006-01-02T15:04:05.0000000Z"), "same"},
	"date-nosec":  {timesIn("2006-01-02T15:04"), "error same error error"},
	"date-offset": {times(func(t time.Time) string { return t.In(time.FixedZone("", 8*3600)).Format(time.RFC3339) }), "same"},
	"date-space":  {timesIn("\n 2006-01-02T15:04:05 \n"), "same"},
	"date-z":      {timesIn("2006-01-02T15:04:05Z"), "same"},

	"descriptive-link-on-ok": {replaceAll("NoError</ResponseCode>", "NoError</ResponseCode><DescriptiveLinkKey>0</DescriptiveLinkKey>"), "same"},

	"details-empty":   {replaceEach(`<CalendarEventDetails>.*?</CalendarEventDetails>`, "<CalendarEventDetails/>"), "less same same less"},
	"details-missing": {replaceEach(`<CalendarEventDetails>.*?</CalendarEventDetails>`, ""), "less same same less"},
	"id-missing":      {replaceEach(`<ID>.*?</ID>`, ""), "less same same less"},
	"subject-cdata":   {replaceAll("<Subject>Stand-up &lt;A&amp;B&gt;</Subject>", "<Subject><![CDATA[Stand-up <A&B>]]></Subject>"), "same"},
	"subject-missing": {replaceEach(`<Subject>.*?</Subject>`, ""), "less same same less"},

	"err-class-success":   {replaceAll(`ResponseClass="Error"`, `ResponseClass="Success"`), "same"},
	"err-class-warning":   {replaceAll(`ResponseClass="Error"`, `ResponseClass="Warning"`), "same"},
	"err-code-2007":       {replaceEach(`<ExceptionServerName.*?</ExceptionMessage>`, ""), "same"},
	"err-minimal":         {replaceEach(errorOfB, `<ResponseMessage ResponseClass="Error"><ResponseCode>$2</ResponseCode></ResponseMessage>`), "same code same same"},
	"err-nocode":          {replaceAll("<ResponseCode>ErrorMailRecipientNotFound</ResponseCode>", ""), "same error same same"},
	"err-notext":          {replaceEach(`<MessageText>.*?</MessageText>`, ""), "same code same same"},
	"err-noview":          {replaceEach(`<FreeBusyView><FreeBusyViewType[^>]*>None</FreeBusyViewType></FreeBusyView>`, ""), "same"},
	"err-noxml":           {replaceEach(`<MessageXml>.*?</MessageXml>`, ""), "same"},
	"err-order":           {replaceEach(`(<MessageText>.*?</MessageText>)(<ResponseCode>\w+</ResponseCode>)`, "$2$1"), "same"},
	"err-proxyfail":       {replaceAll("ErrorMailRecipientNotFound", "ErrorProxyRequestProcessingFailed"), "same error same same"},
	"err-unknown-code":    {replaceAll("ErrorMailRecipientNotFound", "ErrorSomethingNobodyKnows"), "same error same same"},
	"err-xml-serverparam": {replaceAll("</MessageXml>", `<t:Value Name="Server" xmlns:t="`+nsTypes+`">EX1</t:Value></MessageXml>`), "same"},

	"events-empty-element": {replaceEach(`(<CalendarEventArray[^>]*)>.*?</CalendarEventArray>`, "$1/>"), "digits same digits digits"},
	"events-missing":       {replaceEach(`<CalendarEventArray.*?</CalendarEventArray>`, ""), "digits same digits digits"},
	"extra-elements":       {replaceAll("<FreeBusyView>", `<Extra><Deep>1</Deep></Extra><FreeBusyView>`, "<BusyType>", `<New xmlns="urn:new">x</New><BusyType>`), "same"},

	"fault-busy":           {fault(500, "a:ErrorServerBusy", serverBusy), "error"},
	"fault-client":         {fault(500, "s:Client", "<detail/>"), "error"},
	"fault-denied":         {ewsFault("ErrorAccessDenied"), "error"},
	"fault-internal-200":   {fault(200, "a:ErrorInternalServerError", "<detail/>"), "error"},
	"fault-noresponsecode": {fault(500, "s:Server", ""), "error"},
	"fault-schema":         {ewsFault("ErrorSchemaValidation"), "error"},
	"fault-soap12":         {status(500, "application/soap+xml", `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code></s:Fault></s:Body></s:Envelope>`), "error"},
	"fault-toomany":        {fault(500, "a:ErrorMailboxDataArrayTooBig", `<detail><m:ErrorCode xmlns:m="`+nsMessages+`">5002</m:ErrorCode></detail>`), "error"},
	"fault-version":        {ewsFault("ErrorInvalidServerVersion"), "error"},
	"fault-window":         {ewsFault("ErrorTimeIntervalTooBig"), "error"},

	"gzip-always":      {writing(compressed), "same"},
	"gzip-if-accepted": {writing(compressed), "same"},

	"header-empty":   {replaceEach(`<s:Header>.*?</s:Header>`, "<s:Header/>"), "same"},
	"header-missing": {replaceEach(`<s:Header>.*?</s:Header>`, ""), "same"},

	"http-200-empty": {func(p *reply) { p.body = "" }, "error"},
	"http-200-html":  {status(200, "text/html", "<html><body>Sign in</body></html>"), "error"},
	"http-302":       {status(302, "text/html", "<title>Object moved</title>"), "error"},
	"http-401":       {status(401, "text/plain", ""), "error"},
	"http-403":       {status(403, "text/plain", "no"), "error"},
	"http-404":       {status(404, "text/html", "<html/>"), "error"},
	"http-429":       {status(429, "text/plain", ""), "error"},
	"http-500-empty": {status(500, "text/plain", ""), "error"},
	"http-500-html":  {status(500, "text/html", "<html/>"), "error"},
	"http-502":       {status(502, "text/plain", ""), "error"},
	"http-503":       {status(503, "text/plain", ""), "error"},
	"http-504":       {status(504, "text/plain", ""), "error"},

	"merged-5":       {replaceAll("0000</MergedFreeBusy>", "5555</MergedFreeBusy>"), "unknown same unknown unknown"},
	"merged-empty":   {replaceEach(`(<MergedFreeBusy[^>]*)>\d+</MergedFreeBusy>`, "$1/>"), "same"},
	"merged-missing": {replaceEach(`<MergedFreeBusy[^>]*>\d+</MergedFreeBusy>`, ""), "same"},
	"merged-nodata":  {replaceAll("0000</MergedFreeBusy>", "4444</MergedFreeBusy>"), "unknown same unknown unknown"},
	"merged-short":   {replaceAll("0000</MergedFreeBusy>", "</MergedFreeBusy>"), "same"},
	"merged-space":   {replaceEach(`(<MergedFreeBusy[^>]*>)`, "$1\n  "), "same"},

	"ns-https":         {replaceAll("http://schemas.microsoft.com", "https://schemas.microsoft.com"), "error"},
	"ns-missing":       {replaceEach(` xmlns(:h)?="http://schemas.microsoft.com[^"]*"`, ` xmlns$1="urn:x"`), "error"},
	"ns-types-missing": {replaceAll(typesNS, ""), "same"},

	"order-event":    {replaceEach(`(<StartTime>[^<]*</StartTime><EndTime>[^<]*</EndTime>)(<BusyType>\w+</BusyType>)`, "$2$1"), "same"},
	"order-response": {replaceEach(`(<ResponseMessage .*?</ResponseMessage>)(<FreeBusyView>.*?</FreeBusyView>)`, "$2$1"), "same"},
	"order-view":     {replaceEach(`(<CalendarEventArray.*?</CalendarEventArray>)(<WorkingHours.*?</WorkingHours>)`, "$2$1"), "same"},

	"prefix-mt":    {prefixes("soap", "m", "t", "e"), "same"},
	"prefix-odd":   {prefixes("a", "b1", "c-x", "d_"), "same"},
	"prefix-soap":  {replaceAll("<s:", "<soap:", "</s:", "</soap:", "xmlns:s=", "xmlns:soap="), "same"},
	"prefix-upper": {prefixes("SOAP-ENV", "M", "T", "E"), "same"},
	"pretty":       {replaceAll("><", ">\n  <"), "same"},

	"resp-element-wrongname": {replaceAll("GetUserAvailabilityResponse", "GetUserAvailabilityAnswer"), "error"},
	"resp-empty":             {replaceEach(`<FreeBusyResponseArray>.*</FreeBusyResponseArray>`, "<FreeBusyResponseArray/>"), "error"},
	"resp-fewer":             {func(p *reply) { p.body = strings.Replace(p.body, firstResponse(p.body), "", 1) }, "error"},
	"resp-noarray":           {replaceEach(`<FreeBusyResponseArray>.*</FreeBusyResponseArray>`, ""), "error"},
	"resp-reversed":          {reversed, "error"},
	"rm-missing":             {replaceEach(`<ResponseMessage .*?</ResponseMessage>`, ""), "error"},

	"soap12": {replaceAll("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"), "same"},

	"sugg-empty":   {replaceAll("</FreeBusyResponseArray>", "</FreeBusyResponseArray>"+strings.Replace(suggestions, "</Sugg", "<SuggestionDayResultArray/></Sugg", 1)), "same"},
	"sugg-error":   {replaceAll("</FreeBusyResponseArray>", "</FreeBusyResponseArray>"+strings.Replace(suggestions, "Success", "Error", 1)), "same"},
	"sugg-missing": {replaceAll("</FreeBusyResponseArray>", "</FreeBusyResponseArray><SuggestionsResponse/>"), "same"},

	"svi-2007":    {replaceEach(`<h:ServerVersionInfo .*?/>`, `<h:ServerVersionInfo MajorVersion="8" xmlns:h="`+nsTypes+`"/>`), "same"},
	"svi-garbage": {replaceAll(`MajorVersion="15"`, `MajorVersion="x"`), "same"},
	"svi-nons":    {replaceAll("<h:ServerVersionInfo", "<ServerVersionInfo"), "same"},
	"svi-partial": {replaceAll(` MajorBuildNumber="1497"`, ""), "same"},
	"svi-v2":      {replaceAll("Exchange2013_SP1", "V2018_01_08"), "same"},

	"utf16": {asUTF16, "error"},

	"viewtype-downgrade": {replaceAll(">DetailedMerged<", ">FreeBusy<"), "less same same less"},
	"viewtype-missing":   {replaceEach(`<FreeBusyViewType[^>]*>\w+Merged</FreeBusyViewType>`, ""), "same"},
	"viewtype-none":      {replaceEach(`(<FreeBusyViewType[^>]*>)\w+`, "${1}None"), "error same error error"},
	"viewtype-unknown":   {replaceEach(`(<FreeBusyViewType[^>]*>)\w+Merged`, "${1}Bogus"), "same"},

	"warning-code": {func(p *reply) {
		p.body = strings.Replace(p.body, `ResponseClass="Success"><ResponseCode>NoError`, aWarning, 1)
	}, "error same same same"},
	"warning-noerror": {replaceAll(`ResponseClass="Success"`, `ResponseClass="Warning"`), "same"},

	"wh-1440":            {replaceEach(`<EndTimeInMinutes>\d+`, "<EndTimeInMinutes>1440"), "hours same hours hours"},
	"wh-day-weekday":     {replaceAll("Monday Tuesday Wednesday Thursday Friday", "Weekday"), "same"},
	"wh-empty":           {replaceEach(`(<WorkingHours[^>]*)>.*?</WorkingHours>`, "$1/>"), "less same less less"},
	"wh-missing":         {replaceEach(`<WorkingHours.*?</WorkingHours>`, ""), "less same less less"},
	"wh-noarray":         {replaceEach(`<WorkingPeriodArray>.*?</WorkingPeriodArray>`, ""), "less same less less"},
	"wh-noperiods":       {replaceEach(`<WorkingPeriodArray>.*?</WorkingPeriodArray>`, "<WorkingPeriodArray/>"), "less same less less"},
	"wh-notz":            {replaceEach(`<TimeZone>.*?</TimeZone>`, ""), "less same less less"},
	"wh-two-periods":     {replaceEach(`(<WorkingPeriod>.*?</WorkingPeriod>)`, "$1$1"), "hours same hours hours"},
	"wh-tz-biasonly":     {replaceEach(`<StandardTime>.*?</DaylightTime>`, ""), "same same hours hours"},
	"wh-tz-dayorder-neg": {replaceAll("<DayOrder>5<", "<DayOrder>-1<"), "same"},
	"wh-tz-year":         {replaceAll("</DayOfWeek></StandardTime>", "</DayOfWeek><Year>0</Year></StandardTime>"), "same"},

	"xml-comment":        {replaceAll(declaration, declaration+"<!-- x --><?x y?>", "<BusyType>", "<BusyType><!-- x -->"), "same"},
	"xml-newline-before": {func(p *reply) { p.body = "\n" + p.body }, "same"},
	"xml-nodecl":         {replaceAll(declaration, ""), "same"},
	"xml-truncated":      {func(p *reply) { p.body = p.body[:len(p.body)*2/3] }, "error"},
}

// firstResponse is the part of an answer that is about the first mailbox.
func firstResponse(body string) string {
	const end = "</FreeBusyResponse>"
	from, to := strings.Index(body, "<FreeBusyResponse>"), strings.Index(body, end)
	return body[from : to+len(end)]
}

var _ http.Handler = reply{}
