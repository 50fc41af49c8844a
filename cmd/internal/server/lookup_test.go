package server_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"availproxy/integration/forest"
)

// lookUp sends the form of the look-up page.
func (r *running) lookUp(t *testing.T, mailboxes string, change func(*http.Request)) (status int, page string) {
	t.Helper()
	form := url.Values{"mailboxes": {mailboxes}, "day": {r.forest.Truth.Week.Format("2006-01-02")}, "days": {"3"}, "zone": {"UTC"}}
	response, page := r.get(t, http.MethodPost, r.admin+"/lookup", func(request *http.Request) {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Body = io.NopCloser(strings.NewReader(form.Encode()))
		if change != nil {
			change(request)
		}
	})
	return response.StatusCode, page
}

func TestLookupsFromThePages(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f)
	status, page := r.lookUp(t, "alice@fabrikam.example "+f.Truth.Unknown+" someone@unrelated.example", nil)
	for _, want := range []string{
		"alice@fabrikam.example on ", "From fabrikam.example, ews at " + f.EWSURL(), // an answer
		"ErrorMailRecipientNotFound: ", "ErrorAddressSpaceNotFound: ", "Add the domain to target_address_domains", // none, and what to do
	} {
		if status != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%d, the page lacks %q:\n%s", status, want, page)
		}
	}
	if strings.Contains(page, "Over that") {
		t.Errorf("the page tells what somebody does:\n%s", page)
	}
	if log := strings.ToLower(r.log.String()); !strings.Contains(log, `"msg":"look-up from the pages","mailboxes":3`) || strings.Contains(log, "alice@") {
		t.Errorf("the log says\n%s", log)
	}
}

// TestLookupsObeyTheConfiguration changes it under way.
func TestLookupsObeyTheConfiguration(t *testing.T) {
	r := run(t, newForest(t, forest.Options{}))
	r.lookUp(t, "alice@fabrikam.example", nil) // so that there is an answer in memory
	tests := map[string]struct {
		edits  []edit
		change func(*http.Request)
		status int
		says   string
	}{
		"connectors are for clients, of which an operator is none": {
			[]edit{replace(t, "cloud: none", `cloud: none`+"\n    clients: ['basic:ex2010']")}, nil, 200, "From fabrikam.example, ews at ",
		},
		"nor one who has logged on": {
			[]edit{replace(t, "admin: {", "admin: {users_file: users.htpasswd, "), replace(t, "cloud: none", `cloud: none`+"\n    clients: ['basic:another']")}, r.logon, 200, "From fabrikam.example, ews at ",
		},
		"nothing is passed on":      {[]edit{replace(t, "access_level: LimitedDetails", "access_level: None")}, nil, 200, "ErrorNoFreeBusyAccess: "},
		"look-ups are switched off": {[]edit{replace(t, "admin: {", "admin: {allow_lookup: false, ")}, nil, 403, "admin.allow_lookup"},
	}
	good, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r.reload(t, append([]edit{func(string) string { return string(good) }}, tt.edits...)...)
			if status, page := r.lookUp(t, "alice@fabrikam.example", tt.change); status != tt.status || !strings.Contains(page, tt.says) {
				t.Errorf("%d, want %d with %q:\n%s", status, tt.status, tt.says, page)
			}
		})
	}
}

// TestThePageNamesMailboxesWhereItMay has a forest fail with a mailbox and a token
// in its words.
func TestThePageNamesMailboxesWhereItMay(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f, replace(t, "admin: {", "admin: {allow_mailboxes: true, "), with("cache: {fresh: 0s, stale: 0s, negative: 0s}"))
	f.EWS.Faults.Set(forest.Faults{Override: func([]byte) []byte {
		return []byte(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode>` +
			`<faultstring>The store of alice@fabrikam.example is away, says eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.AAAA</faultstring></s:Fault></s:Body></s:Envelope>`)
	}})
	r.ask(t, r.caller(t))
	_, page := r.get(t, http.MethodGet, r.admin+"/", nil)
	if !strings.Contains(page, "The store of alice@fabrikam.example is away") || strings.Contains(page, "eyJ") {
		t.Errorf("the page says\n%s", page)
	}
}
