package oauth

import (
	"strings"
	"testing"
)

func TestParsePrincipal(t *testing.T) {
	tests := map[string]struct {
		text string
		want Principal
		bad  bool
	}{
		"an issuer in the cloud":                 {text: ACSID + "@" + tenant, want: Principal{ID: ACSID, Realm: tenant}},
		"an issuer of any realm":                 {text: ACSChinaID + "@*", want: Principal{ID: ACSChinaID, Realm: "*"}},
		"an issuer whose star was lost":          {text: ACSID + "@", want: Principal{ID: ACSID}},
		"an audience":                            {text: ExchangeID + "/mail.contoso.com@contoso.com", want: Principal{ExchangeID, "mail.contoso.com", realm}},
		"no realm at all":                        {text: ACSID, bad: true},
		"no id":                                  {text: "@contoso.com", bad: true},
		"nothing":                                {text: "", bad: true},
		"a host that is announced and not there": {text: ExchangeID + "/@contoso.com", bad: true},
		"two realms":                             {text: "a@b@c", bad: true},
		"two hosts":                              {text: "a/b/c@d", bad: true},
		"a slash in the realm":                   {text: "a@b/c", bad: true},
		"a space":                                {text: "a @b", bad: true},
		"a control character":                    {text: "a@b\x00", bad: true},
		"a letter that is not ASCII":             {text: "a@bücher.de", bad: true},
		"a very long one":                        {text: "a@" + strings.Repeat("b", maxPrincipal), bad: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParsePrincipal(tt.text)
			if got != tt.want || (err != nil) != tt.bad {
				t.Errorf("ParsePrincipal(%q) = %+v, %v; want %+v, error %v", tt.text, got, err, tt.want, tt.bad)
			}
			if err == nil && got.String() != tt.text {
				t.Errorf("it is written as %q, was %q", got, tt.text)
			}
		})
	}
}
