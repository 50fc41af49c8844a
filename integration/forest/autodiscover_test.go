package forest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

const getUserSettings = `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:w="http://www.w3.org/2005/08/addressing" xmlns:a="http://schemas.microsoft.com/exchange/2010/Autodiscover">
<s:Header><a:RequestedServerVersion>Exchange2010</a:RequestedServerVersion><w:Action>http://schemas.microsoft.com/exchange/2010/Autodiscover/Autodiscover/GetUserSettings</w:Action><w:To>%s</w:To></s:Header>
<s:Body><a:GetUserSettingsRequestMessage><a:Request><a:Users><a:User><a:Mailbox>%s</a:Mailbox></a:User></a:Users>
<a:RequestedSettings><a:Setting>ExternalEwsUrl</a:Setting><a:Setting>ExternalEwsVersion</a:Setting></a:RequestedSettings></a:Request></a:GetUserSettingsRequestMessage></s:Body></s:Envelope>`

func TestAutodiscoverKnowsThePeopleOfTheForest(t *testing.T) {
	f := started(t, Options{Generation: Exchange2013})
	tests := map[string]struct {
		mailbox string
		holds   []string
	}{
		"somebody": {"alice@fabrikam.example", []string{"<Value>https://mail.fabrikam.example/EWS/Exchange.asmx</Value>", "<Value>15.00.0847.032</Value>"}},
		"nobody":   {"nobody@fabrikam.example", []string{"<ErrorCode>InvalidUser</ErrorCode>"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.DiscoveryEndpoint(), strings.NewReader(fmt.Sprintf(getUserSettings, f.DiscoveryEndpoint(), tt.mailbox)))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "text/xml; charset=utf-8")
			r.Header.Set("Authorization", "Bearer "+string(f.Token("autodiscover.fabrikam.example", time.Now().Add(time.Hour))))
			response, err := browser(t, f).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.holds {
				if !strings.Contains(string(body), want) {
					t.Errorf("answered %d %s, want %s in it", response.StatusCode, body, want)
				}
			}
		})
	}
}
