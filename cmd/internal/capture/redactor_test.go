package capture

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

const canaryToken = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"

// forOthers is a Redactor as the log has one.
func forOthers() Redactor {
	hidden := regexp.MustCompile(`eyJ[\w.-]+|\S+@\S+|S-1-5-21-[\d-]+`)
	return NewRedactor(func(string) string { return "0123456789ab" }, func(text string) string { return hidden.ReplaceAllString(text, "(hidden)") })
}

// TestMessagesAreRedactedInBothDirections has every kind of message that goes over
// the wire, with what must stay and what must not.
func TestMessagesAreRedactedInBothDirections(t *testing.T) {
	tests := map[string]struct {
		kind, body string
		shown      []string
		hidden     []string
	}{
		"an answer of EWS": {
			"text/xml; charset=utf-8",
			`<Envelope><FreeBusyResponse><ResponseMessage ResponseClass="Error"><MessageText>Mailbox anna@contoso.com failed, Bearer ` + canaryToken + `</MessageText>` +
				`<ResponseCode>ErrorMailboxMoveInProgress</ResponseCode></ResponseMessage><FreeBusyView><MergedFreeBusy>000222000</MergedFreeBusy>` +
				`<CalendarEvent><StartTime>2026-11-23T09:00:00</StartTime><BusyType>OOF</BusyType><CalendarEventDetails><ID>0A1B2C3D4E5F</ID><Subject>Sunday</Subject><Location>Busy</Location></CalendarEventDetails></CalendarEvent></FreeBusyView></FreeBusyResponse></Envelope>`,
			[]string{"ErrorMailboxMoveInProgress", `ResponseClass="Error"`, "failed, Bearer", "000222000", "2026-11-23T09:00:00", "<BusyType>OOF<"},
			[]string{"anna", "eyJ", "Sunday", ">Busy<", "0A1B2C3D4E5F"},
		},
		"an opaque token in a text": {
			"text/xml", `<a><faultstring>The token Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4 of outlook.office365.com is refused by Microsoft.Exchange.Security.OAuth</faultstring></a>`,
			[]string{"The token (secret) of outlook.office365.com is refused by Microsoft.Exchange.Security.OAuth"}, []string{"Zm9v"},
		},
		"an identity that a server passes on": {
			"text/xml", `<a><SerializedSecurityContext><UserSid>S-1-5-21-1-2-3-1104</UserSid><PrimarySmtpAddress>anna@contoso.com</PrimarySmtpAddress></SerializedSecurityContext></a>`,
			[]string{"0123456789ab"}, []string{"S-1-5-21-1-2-3-1104", "anna"},
		},
		"an answer of autodiscover": {
			"text/xml", `<a><ErrorCode>RedirectAddress</ErrorCode><RedirectTarget>anna@contoso.mail.onmicrosoft.com</RedirectTarget><Value>https://ews.contoso.com/EWS/Exchange.asmx?who=anna@contoso.com</Value><DisplayName>Anna Li</DisplayName></a>`,
			[]string{"RedirectAddress", "https://ews.contoso.com/EWS/Exchange.asmx?(query)"}, []string{"anna", "Anna"},
		},
		"a request for a token": {
			"application/x-www-form-urlencoded", "grant_type=client_credentials&resource=00000002-0000-0ff1-ce00-000000000000%2Foutlook.office365.com%40tenant&assertion=" + canaryToken + "&client_secret=hunter2&password=hunter3&anna%40contoso.com=1",
			[]string{"grant_type=client_credentials", "assertion=(secret "}, []string{"eyJ", "hunter2", "hunter3", "anna"},
		},
		"a token": {
			"application/json", `{"token_type":"Bearer","access_token":"` + canaryToken + `","expires_in":"86399","refresh_token":{"a":"opaque","b":["opaque2",31415926535]}}`,
			[]string{`"token_type":"Bearer"`, `"expires_in":"86399"`}, []string{"eyJ", "opaque", "31415926535"},
		},
		"a refusal of a token": {
			"application/json; charset=utf-8", `{"error":"invalid_client","error_description":"AADSTS700027: The certificate with thumbprint for anna@contoso.com is not registered.","error_codes":[700027]}`,
			[]string{`"error":"invalid_client"`, "AADSTS700027", "700027]"}, []string{"anna"},
		},
		"an answer of Graph": {
			"application/json", `{"value":[{"scheduleId":"anna@contoso.com","availabilityView":"0022","scheduleItems":[{"status":"busy","subject":"lunch","location":"berlin","start":{"dateTime":"2026-11-23T09:00:00.0000000","timeZone":"UTC"}}]}],"anna@contoso.com":1}`,
			[]string{"0123456789ab", `"availabilityView":"0022"`, `"status":"busy"`, "2026-11-23T09:00:00.0000000"}, []string{"anna", "lunch", "berlin"},
		},
		"a page":          {"text/html", "<html>anna@contoso.com</html>", []string{"bytes that cannot be read"}, []string{"anna"}},
		"what is no JSON": {"application/json", `{"a":"anna@contoso.com"`, []string{"bytes that cannot be read"}, []string{"anna"}},
		"two documents":   {"application/json", `{} "anna@contoso.com"`, []string{"bytes that cannot be read"}, []string{"anna"}},
		"what breaks off": {"text/xml", `<a><Subject>anna@contoso.com`, []string{"<a><Subject>"}, []string{"anna"}},
		"no type":         {"", "anna@contoso.com", []string{"bytes that cannot be read"}, []string{"anna"}},
		"what is no form": {"application/x-www-form-urlencoded", "a=%zzanna", []string{"bytes that cannot be read"}, []string{"anna"}},
		"nothing":         {"text/xml", "", []string{""}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := forOthers().Body(http.Header{"Content-Type": {tt.kind}}, []byte(tt.body))
			for _, want := range tt.shown {
				if !strings.Contains(got, want) {
					t.Errorf("got %s, want %s in it", got, want)
				}
			}
			for _, secret := range tt.hidden {
				if strings.Contains(got, secret) {
					t.Errorf("got %s, which tells %s", got, secret)
				}
			}
		})
	}
}

func TestHeadsAreRedactedInBothDirections(t *testing.T) {
	tests := []struct{ name, value, shown, hidden string }{
		{"Authorization", "Bearer " + canaryToken, "Bearer (secret", "eyJ"},
		{"Authorization", "Basic YW5uYTpodW50ZXIy", "Basic (secret", "YW5u"},
		{"Set-Cookie", "exchangecookie=abc", "(secret", "abc"},
		{"X-Anchormailbox", "anna@contoso.com", "0123456789ab", "anna"},
		{"Location", "https://mail.contoso.com/owa/anna@contoso.com?token=" + canaryToken, "https://mail.contoso.com", "anna"},
		{"Www-Authenticate", `Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="00000001-0000-0000-c000-000000000000@*", error="invalid_token"`, "00000002-0000-0ff1-ce00-000000000000", ""},
		{"X-Ms-Diagnostics", `2000005;reason="The user anna@contoso.com is ambiguous.";error_category="invalid_user"`, "invalid_user", "anna"},
		{"Request-Id", "0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e", ""},
		{"Request-Id", "anna@contoso.com", "0123456789ab", "anna"},
	}
	for _, tt := range tests {
		got := forOthers().Field(tt.name, tt.value)
		if !strings.Contains(got, tt.shown) || tt.hidden != "" && strings.Contains(got, tt.hidden) {
			t.Errorf("%s is %s", tt.name, got)
		}
	}
	u, err := url.Parse("https://user:hunter2@mail.contoso.com/owa/anna@contoso.com?token=x#y")
	if err != nil {
		t.Fatal(err)
	}
	if got := forOthers().URL(u); got != "https://mail.contoso.com(hidden)?(query)" {
		t.Errorf("the URL is %s", got)
	}
}
