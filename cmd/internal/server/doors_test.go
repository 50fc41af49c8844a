package server_test

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"availproxy/integration/forest"
)

// logon answers the challenge of the Exchange listener.
func (r *running) logon(request *http.Request) {
	request.SetBasicAuth(r.forest.Organization.User, string(r.forest.Organization.Password))
}

func TestPathsAreThoseOfIIS(t *testing.T) {
	r := run(t, newForest(t, forest.Options{}))
	base := strings.TrimSuffix(r.url, forest.Path)
	const page = "You are <strong>basic:ex2010</strong>"
	tests := map[string]struct {
		path   string
		status int
		body   string // that is in it
	}{
		"the operation":                     {"/EWS/Exchange.asmx", 200, page},
		"in lower case":                     {"/ews/exchange.asmx", 200, page},
		"in any case":                       {"/eWs/EXCHANGE.ASMX", 200, page},
		"with a query":                      {"/EWS/Exchange.asmx?x=1", 200, page},
		"with doubled slashes":              {"//EWS///Exchange.asmx", 200, page},
		"federation":                        {"/EWS/Exchange.asmx/WSSecurity", 403, "Add-AvailabilityAddressSpace -AccessMethod InternalProxy"},
		"federation, in lower case":         {"/ews/exchange.asmx/wssecurity", 403, "WS-Security is not spoken here"},
		"the description":                   {"/EWS/Services.wsdl", 200, "GetUserAvailability"},
		"the health of IIS":                 {"/ews/healthcheck.htm", 200, "200 OK"},
		"our keys":                          {"/autodiscover/metadata/json/1", 200, `"issuer"`},
		"our keys, in capitals":             {"/AUTODISCOVER/Metadata/JSON/1", 200, `"issuer"`},
		"a folder":                          {"/EWS/", 404, ""},
		"a folder without its slash":        {"/EWS", 404, ""},
		"the root":                          {"/", 404, ""},
		"the operator's page":               {"/-/ready", 404, ""},
		"the profiler":                      {"/debug/pprof/", 404, ""},
		"more after the path":               {"/EWS/Exchange.asmx/", 404, ""},
		"dots":                              {"/EWS/../EWS/Exchange.asmx", 404, ""},
		"dots in disguise":                  {"/autodiscover/metadata/json/1/%2e%2e/%2e%2e/%2e%2e/%2e%2e/EWS/Exchange.asmx", 404, ""},
		"a slash in disguise":               {"/EWS%2fExchange.asmx", 404, ""},
		"a backslash":                       {`/EWS\Exchange.asmx`, 404, ""},
		"a parameter":                       {"/EWS/Exchange.asmx;x=1", 404, ""},
		"the autodiscover of somebody else": {"/autodiscover/autodiscover.svc", 404, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			response, body := r.get(t, http.MethodGet, base+tt.path, r.logon)
			if response.StatusCode != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("got %s %q, want %d with %q", response.Status, body, tt.status, tt.body)
			}
			for _, method := range []string{http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodPut, "PROPFIND"} {
				if response, _ := r.get(t, method, base+tt.path, r.logon); response.StatusCode/100 == 3 || response.Header.Get("Location") != "" {
					t.Errorf("%s is redirected: %s", method, response.Status)
				}
			}
		})
	}
}

func TestFederationIsSentAwayWithAHint(t *testing.T) {
	r := run(t, newForest(t, forest.Options{}))
	r.get(t, http.MethodPost, r.url+"/WSSecurity", nil)
	if log := r.log.String(); !strings.Contains(log, "federation asks here") || !strings.Contains(log, "remove it for this domain") {
		t.Errorf("the log says\n%s", log)
	}
}

// TestOnlyTheOperationNeedsALogon lists what is for everybody.
func TestOnlyTheOperationNeedsALogon(t *testing.T) {
	r := run(t, newForest(t, forest.Options{}))
	base := strings.TrimSuffix(r.url, forest.Path)
	for path, status := range map[string]int{
		"/EWS/Exchange.asmx": 401, "/EWS/Exchange.asmx/WSSecurity": 403, "/EWS/healthcheck.htm": 200, "/autodiscover/metadata/json/1": 200,
	} {
		if response, _ := r.get(t, http.MethodGet, base+path, nil); response.StatusCode != status {
			t.Errorf("%s: got %s, want %d", path, response.Status, status)
		}
	}
	for path, status := range map[string]int{"/EWS/healthcheck.htm": 405, "/autodiscover/metadata/json/1": 405, "/EWS/Services.wsdl": 405} {
		if response, _ := r.get(t, http.MethodPost, base+path, r.logon); response.StatusCode != status {
			t.Errorf("POST %s: got %s, want %d", path, response.Status, status)
		}
	}
}

func TestOurMetadataNamesOurKey(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := run(t, f)
	response, body := r.get(t, http.MethodGet, strings.TrimSuffix(r.url, forest.Path)+"/autodiscover/metadata/json/1", nil)
	var document struct {
		Realm, ServiceName, Issuer string
		Keys                       []struct {
			Usage    string
			KeyInfo  struct{ X5T string }
			KeyValue struct{ Type, Value string }
		}
	}
	if err := json.Unmarshal([]byte(body), &document); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("got %s %s: %v", response.Status, body, err)
	}
	const exchange = "00000002-0000-0ff1-ce00-000000000000"
	if document.Realm != "contoso.example" || document.ServiceName != exchange || document.Issuer != exchange+"@contoso.example" || len(document.Keys) != 1 {
		t.Fatalf("got %+v", document)
	}
	certificate := f.Organization.AuthCertificate().Raw
	thumbprint := sha1.Sum(certificate)
	key := document.Keys[0]
	if key.KeyInfo.X5T != base64.RawURLEncoding.EncodeToString(thumbprint[:]) || key.KeyValue.Value != base64.StdEncoding.EncodeToString(certificate) {
		t.Errorf("the key is %+v", key)
	}
	if strings.Contains(body, "PRIVATE") {
		t.Error("the private key is published")
	}
}
