package oauth

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseMetadataOfRealServers(t *testing.T) {
	tests := map[string]struct {
		issuer, endpoint string
	}{
		"exchange.json":   {ExchangeID + "@*", ""},
		"acs.json":        {"", "https://accounts.accesscontrol.windows.net/tokens/OAuth/2"},
		"sharepoint.json": {SharePointID + "@" + tenant, ""},
	}
	der := base64.StdEncoding.EncodeToString(certificate(t, 0).DER())
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text := string(read(t, filepath.Join("testdata/metadata", name)))
			text = strings.NewReplacer("DER", der, "X5T", certificate(t, 0).X5T()).Replace(text)
			m, err := ParseMetadata([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			certs, errs := m.SigningCertificates()
			if len(certs) != 1 || len(errs) > 0 || thumbprint(certs[0]) != certificate(t, 0).Thumbprint() {
				t.Errorf("certificates %v, errors %v", len(certs), errs)
			}
			if got := m.Endpoint("oauth2", "Issuance"); m.Issuer != tt.issuer || got != tt.endpoint {
				t.Errorf("issuer %q, endpoint %q, want %q, %q", m.Issuer, got, tt.issuer, tt.endpoint)
			}
		})
	}
}

func TestSigningCertificatesFollowTheRules(t *testing.T) {
	cert := certificate(t, 0)
	der := base64.StdEncoding.EncodeToString(cert.DER())
	padded := cert.X5T() + "="
	key := func(usage, x5t, kind, value string) MetadataKey {
		k := MetadataKey{Usage: usage, Value: MetadataKeyDetail{Type: kind, Value: value}}
		if x5t != "" {
			k.Info = &MetadataKeyInfo{X5T: x5t}
		}
		return k
	}
	standard := func(c *x509.Certificate) string { return base64.StdEncoding.EncodeToString(c.Raw) }
	tests := map[string]struct {
		key  MetadataKey
		want string // in the error; "one" for a certificate, "" for none
	}{
		"a good one":                        {key("signing", cert.X5T(), "x509Certificate", der), "one"},
		"words in other letters":            {key("Signing", "", "x509certificate", der), "one"},
		"an x5t with padding":               {key("signing", padded, "x509Certificate", der), "one"},
		"one that is for another use":       {key("encryption", "", "x509Certificate", der), ""},
		"something else than a certificate": {key("signing", "", "symmetric", der), ""},
		"the x5t of another one":            {key("signing", certificate(t, 1).X5T(), "x509Certificate", der), "not the certificate that its x5t names"},
		"PEM in base64":                     {key("signing", "", "x509Certificate", base64.StdEncoding.EncodeToString(cert.PEM())), "PEM, where DER is due"},
		"PEM as it is":                      {key("signing", "", "x509Certificate", string(cert.PEM())), "not base64"},
		"a weak key":                        {key("signing", "", "x509Certificate", standard(x509For(t, 3, "weak"))), "not RSA of at least 2048 bits"},
		"an elliptic curve":                 {key("signing", "", "x509Certificate", standard(ecdsaCertificate(t).cert)), "not RSA of at least 2048 bits"},
		"garbage":                           {key("signing", "", "x509Certificate", "AAAA"), "no certificate"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			certs, errs := (&Metadata{Keys: []MetadataKey{tt.key}}).SigningCertificates()
			got := ""
			switch {
			case len(certs) == 1 && len(errs) == 0:
				got = "one"
			case len(errs) == 1 && len(certs) == 0:
				got = errs[0].Error()
			}
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParseMetadataRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":          ``,
		"a sign-in page":   `<html>`,
		"a list":           `[]`,
		"an empty object":  `{}`,
		"keys of no shape": `{"keys":"AAAA"}`,
	} {
		if m, err := ParseMetadata([]byte(text)); err == nil {
			t.Errorf("%s gives %+v", name, m)
		}
	}
}

func TestMetadataHandlerPublishes(t *testing.T) {
	h := MetadataHandler{
		Certificates: Certificates{Current: certificate(t, 0), Next: certificate(t, 1), Previous: certificate(t, 2)},
		Realm:        realm,
		Location:     "https://fb.contoso.com/autodiscover/metadata/json/1",
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/autodiscover/metadata/json/1", nil))
	if got := answer.Header().Get("Content-Type"); answer.Code != http.StatusOK || got != "application/json; charset=utf-8" {
		t.Fatalf("status %d, type %q", answer.Code, got)
	}
	m, err := ParseMetadata(answer.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	certs, errs := m.SigningCertificates()
	if len(certs) != 2 || len(errs) > 0 || thumbprint(certs[0]) != h.Certificates.Current.Thumbprint() || thumbprint(certs[1]) != h.Certificates.Next.Thumbprint() {
		t.Errorf("certificates %d, errors %v, want current and next", len(certs), errs)
	}
	for i := range m.Keys {
		m.Keys[i].Info.X5T, m.Keys[i].Value.Value = "27 characters", "DER"
	}
	m.ID = m.ID[:1] + "a GUID"
	shown, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "metadata.golden.json", append(shown, '\n'))
}

func TestMetadataHandlerWithoutRealmIsOfAnyRealm(t *testing.T) {
	m := MetadataHandler{Certificates: Certificates{Current: certificate(t, 0)}}.Document()
	if m.Realm != "*" || m.Issuer != ExchangeID+"@*" || m.Endpoints != nil {
		t.Errorf("got %+v", m)
	}
}

func TestMetadataHandlerIsReadOnlyAndKeepsTheKey(t *testing.T) {
	h := MetadataHandler{Certificates: Certificates{Current: certificate(t, 0)}}
	for method, want := range map[string]int{"GET": 200, "HEAD": 200, "POST": 405, "PUT": 405, "DELETE": 405, "OPTIONS": 405} {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequest(method, "/autodiscover/metadata/json/1", nil))
		if answer.Code != want || want == 405 && answer.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q, want %d", method, answer.Code, answer.Header().Get("Allow"), want)
		}
		block, _ := pem.Decode(keyPEM(t, 0))
		if strings.Contains(answer.Body.String(), base64.StdEncoding.EncodeToString(block.Bytes)[100:200]) {
			t.Errorf("%s shows the private key", method)
		}
	}
}
