package integration

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"availproxy/integration/forest"
)

// asked is the document of a question that p has answered, to be spoilt.
func (p *proxy) asked(t *testing.T) string {
	t.Helper()
	return string(p.ask(t, "alice@fabrikam.example").Request)
}

// post sends a document as an old server does, with credentials.
func (p *proxy) post(t *testing.T, document string, change func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r := p.request(t, document)
	if change != nil {
		change(r)
	}
	response, err := p.client(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// request is one that an Exchange 2010 would send with that document.
func (p *proxy) request(t *testing.T, document string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url, strings.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	o := p.forests[0].Organization
	r.SetBasicAuth(o.User, string(o.Password))
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("User-Agent", "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003")
	return r
}

var (
	faultCode    = regexp.MustCompile(`<faultcode xmlns:a="http://schemas.microsoft.com/exchange/services/2006/types">a:(\w+)</faultcode>`)
	faultString  = regexp.MustCompile(`<faultstring xml:lang="en-US">(.*?)</faultstring>`)
	detailNumber = regexp.MustCompile(`<detail><m:ErrorCode xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">(-?\d+)</m:ErrorCode></detail>`)
	detailCode   = regexp.MustCompile(`<detail><e:ResponseCode xmlns:e="http://schemas.microsoft.com/exchange/services/2006/errors">(\w+)</e:ResponseCode><e:Message `)
)

func group(r *regexp.Regexp, text string) string {
	if found := r.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// TestQuestionsThatAreNoneGetTheFaultOfExchange has both of its dialects: that
// of Availability, with a number in the detail, and that of EWS, with a code.
func TestQuestionsThatAreNoneGetTheFaultOfExchange(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f})
	good := p.asked(t)
	mailbox := regexp.MustCompile(`<MailboxData .*?</MailboxData>`).FindString(good)
	start := group(regexp.MustCompile(`<StartTime>(.*?)</StartTime>`), good)
	end := regexp.MustCompile(`<EndTime>.*?</EndTime>`)
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("there is no %s in\n%s", old, good)
		}
		return strings.ReplaceAll(good, old, new)
	}
	until := func(days int) string {
		monday := f.Truth.Week.AddDate(0, 0, days)
		return end.ReplaceAllString(good, "<EndTime>"+monday.Format("2006-01-02T15:04:05")+"</EndTime>")
	}
	interval := func(minutes string) string {
		return swap("<MergedFreeBusyIntervalInMinutes>30<", "<MergedFreeBusyIntervalInMinutes>"+minutes+"<")
	}
	const hresult = "-2146233088"
	const badInterval = "The specified merged free/busy interval is not valid. Specify an interval that is less than the free/busy time window and between 5 and 1440 minutes."
	tests := map[string]struct {
		document     string
		code, number string // number "" is the dialect of EWS
		text         string
	}{
		"nobody":             {swap(mailbox, ""), "ErrorMailboxDataArrayEmpty", hresult, "There are no target users in the EmailAddress array."},
		"101 people":         {swap(mailbox, strings.Repeat(mailbox, 101)), "ErrorMailboxDataArrayTooBig", "5002", "There are too many target users in the EmailAddress array. The allowed size = 100; the actual size = 101."},
		"63 days":            {until(63), "ErrorTimeIntervalTooBig", hresult, "The requested time duration specified for FreeBusyViewOptions.TimeWindow is too long. The allowed limit = 62 days; the actual limit = 63 days."},
		"no time at all":     {until(0), "ErrorInvalidTimeInterval", hresult, "The time duration specified for FreeBusyViewOptions.TimeWindow is invalid."},
		"back in time":       {until(-1), "ErrorInvalidTimeInterval", hresult, "The time duration specified for FreeBusyViewOptions.TimeWindow is invalid."},
		"4 minutes":          {interval("4"), "ErrorInvalidMergedFreeBusyInterval", hresult, badInterval},
		"1441 minutes":       {interval("1441"), "ErrorInvalidMergedFreeBusyInterval", hresult, badInterval},
		"longer than asked":  {strings.ReplaceAll(interval("1440"), end.FindString(good), "<EndTime>"+start[:11]+"12:00:00</EndTime>"), "ErrorInvalidMergedFreeBusyInterval", hresult, badInterval},
		"no view":            {swap(">DetailedMerged<", ">None<"), "ErrorInvalidFreeBusyViewType", hresult, "The requested free/busy view type is not valid."},
		"no zone":            {regexp.MustCompile(`<TimeZone .*?</TimeZone>`).ReplaceAllString(good, ""), "ErrorTimeZone", hresult, ""},
		"an unknown word":    {swap(">DetailedMerged<", ">Everything<"), "ErrorSchemaValidation", "", "The request failed schema validation: "},
		"no number":          {interval("half"), "ErrorSchemaValidation", "", "The request failed schema validation: "},
		"no document":        {"", "ErrorInvalidRequest", "", "The request is invalid"},
		"no XML":             {"Hello", "ErrorInvalidRequest", "", "The request is invalid"},
		"half a document":    {good[:len(good)/2], "ErrorInvalidRequest", "", "The request is invalid"},
		"two documents":      {good + strings.TrimPrefix(good, `<?xml version="1.0" encoding="utf-8"?>`), "ErrorInvalidRequest", "", "The request is invalid"},
		"bad UTF-8":          {swap("alice@", "\xff\xfe@"), "ErrorInvalidRequest", "", "The request is invalid"},
		"a DOCTYPE":          {strings.Replace(good, "<soap:Envelope", `<!DOCTYPE x [<!ENTITY a "b">]><soap:Envelope`, 1), "ErrorInvalidRequest", "", "The request is invalid"},
		"too deep":           {swap("<soap:Header>", "<soap:Header>"+strings.Repeat("<a>", 50)+strings.Repeat("</a>", 50)), "ErrorInvalidRequest", "", "The request is invalid"},
		"too many elements":  {swap("<soap:Header>", "<soap:Header>"+strings.Repeat("<a/>", 30_000)), "ErrorInvalidRequest", "", "The request is invalid"},
		"more than 400 KB":   {swap("<Address>", "<Name>"+strings.Repeat("x", 400<<10)+"</Name><Address>"), "ErrorRequestStreamTooBig", "", "The request stream is larger than the 400 KB that are allowed."},
		"more than a MiB":    {swap("<soap:Header>", "<soap:Header><!--"+strings.Repeat("x", 1<<20)+"-->"), "ErrorRequestStreamTooBig", "", "The request stream is larger than the 400 KB that are allowed."},
		"another operation":  {strings.ReplaceAll(good, "GetUserAvailabilityRequest", "GetFolder"), "ErrorInvalidRequest", "", ""},
		"a server of no age": {swap("Exchange2010_SP2", "Exchange2099"), "ErrorInvalidServerVersion", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			response, body := p.post(t, tt.document, nil)
			if response.StatusCode != http.StatusInternalServerError || response.Header.Get("Content-Type") != "text/xml; charset=utf-8" {
				t.Errorf("got %s, %q", response.Status, response.Header.Get("Content-Type"))
			}
			if got := group(faultCode, body); got != tt.code || !strings.HasPrefix(group(faultString, body), tt.text) {
				t.Errorf("got %s %q, want %s %q", got, group(faultString, body), tt.code, tt.text)
			}
			if number, code := group(detailNumber, body), group(detailCode, body); number != tt.number || tt.number == "" && code != tt.code {
				t.Errorf("the detail is %q or %q, want %q, or %s without one:\n%s", number, code, tt.number, tt.code, body)
			}
		})
	}
	stillServes(t, p, f)
}

// stillServes ends a test that has sent what no server should.
func stillServes(t *testing.T, p *proxy, f *forest.Forest) {
	t.Helper()
	q := p.question(everybody(f)...)
	isTrue(t, ask(t, p.caller(t, forest.Exchange2010), q), q, forest.Exchange2010, f)
	if status, body := p.page(t, http.MethodGet, "/-/ready"); status != http.StatusOK {
		t.Errorf("the proxy says of itself %d %s", status, body)
	}
}

// TestQuestionsAtTheLimitAreAnswered are as large as they may be.
func TestQuestionsAtTheLimitAreAnswered(t *testing.T) {
	t.Parallel()
	o := forest.Options{}
	o.Mailboxes = 100
	f := newForest(t, o)
	p := serve(t, []*forest.Forest{f})
	var all []string
	for _, m := range f.Truth.Mailboxes {
		all = append(all, m.Address)
	}
	q := p.question(all...)
	isTrue(t, ask(t, p.caller(t, forest.Exchange2007), q), q, forest.Exchange2007, f)
	q = p.question("alice@fabrikam.example")
	q.To = q.From.AddDate(0, 0, 62)
	isTrue(t, ask(t, p.caller(t, forest.Exchange2013), q), q, forest.Exchange2013, f)
	q.To, q.Interval = q.From.Add(30*60e9), 30*60e9
	isTrue(t, ask(t, p.caller(t, forest.Exchange2010), q), q, forest.Exchange2010, f)
}

func TestRequestsThatAreNoQuestionsGetAStatus(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f})
	good := p.asked(t)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	method := func(m string) func(*http.Request) { return func(r *http.Request) { r.Method = m } }
	const wrongType = "415 Cannot process the message because the content type 'text/plain' was not the expected type 'text/xml; charset=utf-8'."
	tests := map[string]struct {
		change func(*http.Request)
		status string
		header string // that must be there
	}{
		"another type":            {header("Content-Type", "text/plain"), wrongType, ""},
		"another charset":         {header("Content-Type", "text/xml; charset=utf-16"), "415 Cannot process", ""},
		"SOAP 1.2":                {header("Content-Type", "application/soap+xml; charset=utf-8"), "415 Cannot process", ""},
		"no type":                 {header("Content-Type", ""), "415 Cannot process", ""},
		"a compressed body":       {header("Content-Encoding", "gzip"), "415 Cannot process", ""},
		"a type, told beforehand": {func(r *http.Request) { header("Content-Type", "text/plain")(r); header("Expect", "100-continue")(r) }, wrongType, ""},
		"PUT":                     {method(http.MethodPut), "405 Method Not Allowed", "Allow"},
		"DELETE":                  {method(http.MethodDelete), "405 Method Not Allowed", "Allow"},
		"no credentials":          {func(r *http.Request) { r.Header.Del("Authorization") }, "401 Unauthorized", "Www-Authenticate"},
		"a wrong password":        {func(r *http.Request) { r.SetBasicAuth("ex2010", "guess") }, "401 Unauthorized", "Www-Authenticate"},
		"an unknown user":         {func(r *http.Request) { r.SetBasicAuth("nobody", "guess") }, "401 Unauthorized", "Www-Authenticate"},
		"a token":                 {header("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0."), "401 Unauthorized", "Www-Authenticate"},
		"federation":              {func(r *http.Request) { r.URL.Path += "/WSSecurity" }, "403 Forbidden", ""},
		"nothing of ours":         {func(r *http.Request) { r.URL.Path = "/owa/" }, "404 Not Found", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			response, body := p.post(t, good, tt.change)
			if !strings.HasPrefix(response.Status, tt.status) || tt.header != "" && response.Header.Get(tt.header) == "" {
				t.Errorf("got %s, %v", response.Status, response.Header)
			}
			if strings.Contains(body, "FreeBusy") || response.StatusCode != http.StatusNotFound && response.StatusCode != http.StatusForbidden && body != "" {
				t.Errorf("got the body %q", body)
			}
		})
	}
	stillServes(t, p, f)
}

func TestAChunkedQuestionIsAnswered(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f})
	chunks := strings.NewReader("\ufeff" + p.asked(t)) // a byte order mark, as some write it
	response, body := p.post(t, "", func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(chunks), -1 })
	if response.StatusCode != http.StatusOK || !strings.Contains(body, "<m:ResponseCode>NoError</m:ResponseCode>") {
		t.Errorf("got %s %s", response.Status, body)
	}
	if n := response.ContentLength; n != int64(len(body)) {
		t.Errorf("the length is said to be %d, it is %d", n, len(body))
	}
}

// TestEachMailboxHasItsOwnError is about those that no forest is asked for, and
// those that it does not know.
func TestEachMailboxHasItsOwnError(t *testing.T) {
	t.Parallel()
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f})
	tests := map[string]struct {
		address string
		want    refused
		number  int
	}{
		"nobody there":       {"nobody@fabrikam.example", refused{"ErrorMailRecipientNotFound", "LID: "}, 5009},
		"not to be seen":     {"ceo@fabrikam.example", refused{"ErrorNoFreeBusyAccess", "The caller does not have access to free/busy data."}, 5037},
		"a domain of nobody": {"li.na@unrelated.example", refused{"ErrorAddressSpaceNotFound", "Configuration information for forest/domain unrelated.example could not be found in Active Directory. LID: 47932"}, -2146233088},
		"below a domain":     {"li.na@sub.fabrikam.example", refused{"ErrorAddressSpaceNotFound", "sub.fabrikam.example"}, -2146233088},
		"no address":         {"foobar", refused{"ErrorInvalidSmtpAddress", "E-mail address <>SMTP:foobar is not a valid SMTP address."}, 5035},
		"no address at all":  {"", refused{"ErrorInvalidSmtpAddress", "is not a valid SMTP address."}, 5035},
		"half an address":    {"@fabrikam.example", refused{"ErrorInvalidSmtpAddress", "is not a valid SMTP address."}, 5035},
		"an address in two":  {"a@b@fabrikam.example", refused{"ErrorInvalidSmtpAddress", ""}, 5035},
		"with a line in it":  {"li na\n@fabrikam.example", refused{"ErrorInvalidSmtpAddress", ""}, 5035},
		"with markup in it":  {"<x>&amp;@fabrikam.example", refused{"ErrorInvalidSmtpAddress", "<>SMTP:<x>&amp;@fabrikam.example"}, 5035},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			q := p.question(tt.address, "alice@fabrikam.example")
			r := ask(t, p.caller(t, forest.Exchange2010), q)
			tt.want.check(t, r.Mailboxes[0])
			if got := r.Mailboxes[0].ExceptionCode; got != tt.number {
				t.Errorf("the number is %d, want %d", got, tt.number)
			}
			isTrue(t, &forest.Reply{Mailboxes: r.Mailboxes[1:]}, q, forest.Exchange2010, f)
		})
	}
}
