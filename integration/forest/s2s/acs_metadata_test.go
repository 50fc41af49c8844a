package s2s

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestACSMetadata(t *testing.T) {
	type endpoint struct{ Location, Protocol, Usage string }
	type document struct {
		Issuer, Realm, ServiceName string
		Keys                       []struct{ Usage string }
		Endpoints                  []endpoint
	}
	endpoints := func(base string) []endpoint {
		return []endpoint{
			{base + "/tokens/OAuth/2", "OAuth2", "issuance"},
			{base + "/tokens/delegation/1", "DelegationIssuance1.0", "issuance"},
			{base + "/mgmt/delegation/1", "DelegationManagement1.0", "management"},
		}
	}
	ofTenant := document{Issuer: acsIssuer.String(), Realm: tenant, ServiceName: ACSPrincipal, Endpoints: endpoints("https://" + acsHost + "/" + tenant)}
	ofNobody := document{ServiceName: ACSPrincipal, Endpoints: endpoints("https://" + acsHost)}
	tests := map[string]struct {
		path   string
		status int
		want   document
	}{
		"by domain":               {"/forest-b.test/metadata/json/1", 200, ofTenant},
		"by tenant":               {"/" + tenant + "/metadata/json/1", 200, ofTenant},
		"by parameter":            {"/metadata/json/1?realm=forest-b.test", 200, ofTenant},
		"by parameter with slash": {"/metadata/json/1/?realm=forest-b.test", 200, ofTenant},
		"of no realm":             {"/metadata/json/1", 200, ofNobody},
		"of an unknown realm":     {"/elsewhere.test/metadata/json/1", 400, document{}},
		"by a longer path":        {"/a/b/metadata/json/1", 404, document{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			testACS().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://"+acsHost+tt.path, nil))
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			if tt.status != http.StatusOK {
				return
			}
			var got document
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if len(got.Keys) != 1 || got.Keys[0].Usage != "signing" {
				t.Errorf("keys %+v", got.Keys)
			}
			got.Keys = nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
		})
	}
}

func TestACSRollsItsKeys(t *testing.T) {
	acs := testACS()
	before := acs.Issuer(tenant)
	acs.Roll(keys().stranger)
	token := issued(t, acs)
	v := testVerifier()
	for name, tt := range map[string]struct {
		issuer Issuer
		code   int
	}{"keys of before": {before, InvalidSignature}, "keys of today": {acs.Issuer(tenant), 0}} {
		t.Run(name, func(t *testing.T) {
			v.Change(func() { v.Issuers = []Issuer{tt.issuer} })
			code := 0
			if _, refusal := v.Verify("Bearer "+token, ewsHost, time.Now()); refusal != nil {
				code = refusal.Code
			}
			if code != tt.code {
				t.Errorf("code %d, want %d", code, tt.code)
			}
		})
	}
	acs.Change(func() { acs.Unlisted = 1 })
	if listed := acs.document(tenant).Keys; len(listed) != 1 || listed[0].ACSValue.Value != keyValue(keys().acs.Certificate).Value {
		t.Errorf("the metadata already lists the new key")
	}
}

func TestACSFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acs := testACS()
		acs.TokenFault = Fault{Status: http.StatusServiceUnavailable, RetryAfter: 7 * time.Second, Latency: 3 * time.Second, Times: 1}
		acs.MetadataFault = Fault{Body: "<html>"}
		start := time.Now()
		form := tokenForm(assertionDraft().Sign(keys().client), service.String())
		w := askACS(acs, tenant, form)
		if waited := time.Since(start); w.Code != 503 || w.Header().Get("Retry-After") != "7" || waited != 3*time.Second {
			t.Errorf("status %d, header %v, after %v", w.Code, w.Header(), waited)
		}
		if w := askACS(acs, tenant, form); w.Code != http.StatusOK {
			t.Errorf("the fault lasts: status %d", w.Code)
		}
		w = httptest.NewRecorder()
		acs.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://"+acsHost+"/"+tenant+"/metadata/json/1", nil))
		if w.Code != http.StatusOK || w.Body.String() != "<html>" || acs.MetadataRequests() != 1 {
			t.Errorf("status %d, body %q, %d requests", w.Code, w.Body, acs.MetadataRequests())
		}
	})
}
