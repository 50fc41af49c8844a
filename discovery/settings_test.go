package discovery

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"availproxy/ews/soap"
)

func document(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadSettings(t *testing.T) {
	ok := userSettings{
		code: "NoError",
		values: map[string]string{
			"ExternalEwsUrl":      "https://ews.forest-b.test/EWS/Exchange.asmx",
			"ExternalEwsVersion":  "15.20.7000.012",
			"EwsSupportedSchemas": "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013, Exchange2013_SP1",
		},
		errors: map[string]string{"InteropExternalEwsUrl": "SettingIsNotAvailable"},
	}
	none := func(u userSettings) userSettings {
		u.values, u.errors = map[string]string{}, map[string]string{}
		return u
	}
	tests := map[string]settingsAnswer{
		"mixed.xml": {code: "NoError", users: []userSettings{ok, none(userSettings{code: "InvalidUser"})}},
		"short.xml": {code: "NoError", users: []userSettings{ok}},
		"redirect-address.xml": {code: "NoError", users: []userSettings{
			none(userSettings{code: "RedirectAddress", redirectTarget: "lin@fabrikam.mail.forest-c.test"}),
		}},
		"redirect-url.xml": {code: "NoError", users: []userSettings{
			none(userSettings{code: "RedirectUrl", redirectTarget: "https://autodiscover-s.outlook.com.evil.test/autodiscover/autodiscover.svc"}),
		}},
		"busy.xml": {code: "ServerBusy"},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := readSettings(bytes.NewReader(document(t, name)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want, got, cmp.AllowUnexported(settingsAnswer{}, userSettings{})); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadSettingsRefuses(t *testing.T) {
	envelope := func(body string) string {
		return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` + body + `</s:Body></s:Envelope>`
	}
	tests := map[string]struct{ document, want string }{
		"a fault":                        {string(document(t, "fault.xml")), "InvalidSecurity"},
		"the namespace of the web pages": {string(document(t, "https-namespace.xml")), "misprint"},
		"a web page":                     {string(document(t, "doctype.xml")), "DOCTYPE"},
		"half an answer":                 {string(document(t, "truncated.xml")), "well-formed"},
		"an answer of 300 KiB":           {envelope(strings.Repeat(" ", 300<<10)), "too big"},
		"an answer that is too deep":     {envelope(strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40)), "too deep"},
		"an empty body":                  {envelope(""), "empty"},
		"another operation":              {envelope(`<GetDomainSettingsResponseMessage xmlns="` + autodiscoverNS + `"/>`), "GetDomainSettings"},
		"no error code":                  {envelope(`<GetUserSettingsResponseMessage xmlns="` + autodiscoverNS + `"><Response/></GetUserSettingsResponseMessage>`), "no ErrorCode"},
		"no XML":                         {"It works!", ""},
		"nothing":                        {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a, err := readSettings(strings.NewReader(tt.document))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("readSettings gave %+v, %v, want an error about %q", a, err, tt.want)
			}
		})
	}
}

func TestSettingsRequestIsTheDocumentedOne(t *testing.T) {
	want := etree.NewDocument()
	if err := want.ReadFromBytes(document(t, "request.xml")); err != nil {
		t.Fatal(err)
	}
	want.Unindent()
	got := settingsRequest("https://ad.forest-b.test/autodiscover/autodiscover.svc",
		[]string{"lin@fabrikam.mail.forest-b.test", "gone@fabrikam.mail.forest-b.test"},
		[]string{"ExternalEwsUrl", "InteropExternalEwsUrl", "ExternalEwsVersion", "EwsSupportedSchemas"})
	if diff := cmp.Diff(string(soap.Bytes(want)), string(got)); diff != "" {
		t.Errorf("request (-documented +ours):\n%s", diff)
	}
}

func FuzzReadUserSettings(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds (%v)", err)
	}
	for _, name := range seeds {
		f.Add(document(f, filepath.Base(name)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := readSettings(bytes.NewReader(data))
		if (a == nil) == (err == nil) {
			t.Fatalf("answer %v with error %v", a, err)
		}
		if a == nil {
			return
		}
		if a.code == "" {
			t.Error("an answer without a code was accepted")
		}
		for _, u := range a.users {
			if _, empty := u.values[externalEwsURL]; empty && u.values[externalEwsURL] == "" {
				t.Error("a setting without a value counts as given")
			}
		}
	})
}
