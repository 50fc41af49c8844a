package server_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"availproxy/integration/forest"
)

// expired writes an auth certificate whose time is over, and puts it into the
// configuration.
func expired(t *testing.T) edit {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Microsoft Exchange Server Auth Certificate"},
		NotBefore: time.Now().AddDate(-5, 0, 0), NotAfter: time.Now().Add(-time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{"auth.pem": {Type: "CERTIFICATE", Bytes: certificate}, "auth.key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return replace(t, `certificate: {file: auth.pfx, password: "file:auth.pfx.password"}`,
		fmt.Sprintf("certificate: {file: %q, key: %q}", filepath.Join(dir, "auth.pem"), filepath.Join(dir, "auth.key")))
}

// TestAnExpiredAuthCertificateIsSaidEverywhere serves on, since answers that are
// held are still good, and signs nothing.
func TestAnExpiredAuthCertificateIsSaidEverywhere(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := prepare(t, f)
	good, err := os.ReadFile(r.path)
	if err != nil {
		t.Fatal(err)
	}
	r.configure(t, expired(t))
	r.start(t, r.options())
	response, body := r.get(t, http.MethodGet, r.admin+"/-/ready", nil)
	if response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "auth certificate") {
		t.Errorf("it says of itself %s %s", response.Status, body)
	}
	if response, _ := r.get(t, http.MethodGet, r.admin+"/-/healthy", nil); response.StatusCode != http.StatusOK {
		t.Errorf("it is not even healthy: %s", response.Status)
	}
	if code, text := r.ask(t, r.caller(t)); code != "ErrorAutoDiscoverFailed" {
		t.Errorf("got %s %s", code, text)
	}
	if n := len(f.ACS.Requests()); n > 0 {
		t.Errorf("%d assertions were signed", n)
	}
	if !strings.Contains(r.log.String(), "certificate_unusable") {
		t.Errorf("the log says\n%s", r.log)
	}
	r.reload(t, func(string) string { return string(good) })
	if response, body := r.get(t, http.MethodGet, r.admin+"/-/ready", nil); response.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %s %s", response.Status, body)
	}
	if code, text := r.ask(t, r.caller(t)); code != "NoError" {
		t.Errorf("afterwards: %s %s", code, text)
	}
}
