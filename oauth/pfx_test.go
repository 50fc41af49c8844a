package oauth

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"
)

const fixturePassword = "fixture"

// The files are described in testdata/pfx/README.md.
func TestParsePFXReadsWhatOpenSSLWrites(t *testing.T) {
	want, err := ParsePEM(read(t, "testdata/pfx/cert.pem"), read(t, "testdata/pfx/key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"modern.pfx", "legacy.pfx"} {
		t.Run(name, func(t *testing.T) {
			data := read(t, filepath.Join("testdata/pfx", name))
			got, err := ParsePFX(data, fixturePassword)
			if err != nil || got.Thumbprint() != want.Thumbprint() {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
			if _, err := ParsePFX(data, "not the password"); err != ErrPassword {
				t.Errorf("a wrong password gives %v, want ErrPassword", err)
			}
		})
	}
}

func TestParsePFXTakesTheCertificateOfTheKey(t *testing.T) {
	mine, other := certificate(t, 0), x509For(t, 1, "another one")
	data, err := pkcs12.Modern2023.Encode(testKeys[0](), other, []*x509.Certificate{mine.X509}, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParsePFX(data, ""); err != nil || got.Thumbprint() != mine.Thumbprint() {
		t.Errorf("got %v, %v, want %v", got, err, mine)
	}
}

func TestParsePFXSaysHowToConvert(t *testing.T) {
	modern := read(t, "testdata/pfx/modern.pfx")
	tests := map[string]struct {
		data []byte
		want error
	}{
		"BER, as some Windows exports": {indefinite(t, modern), ErrPFX},
		"cut short":                    {modern[:len(modern)/2], ErrPFX},
		"something else":               {[]byte("not a PFX file"), ErrPFX},
		"nothing":                      {nil, ErrPFX},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := ParsePFX(tt.data, fixturePassword)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), "openssl pkcs12 -in old.pfx -nodes -out all.pem") {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	if _, err := ParsePFX(read(t, "testdata/pfx/key.pem"), ""); err == nil || !strings.Contains(err.Error(), "PEM, not PFX") {
		t.Errorf("PEM in place of PFX gives %v", err)
	}
}

// The conversion that the error recommends must help.
func TestConversionOfBERHelps(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write(t, dir, "old.pfx", indefinite(t, read(t, "testdata/pfx/modern.pfx")))
	openssl(t, "pkcs12", "-in", path("old.pfx"), "-nodes", "-out", path("all.pem"), "-passin", "pass:"+fixturePassword)
	openssl(t, "pkcs12", "-export", "-in", path("all.pem"), "-out", path("new.pfx"), "-passout", "pass:"+fixturePassword)
	if c, err := ParsePFX(read(t, path("new.pfx")), fixturePassword); err != nil {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestOpenSSLReadsOurPFX(t *testing.T) {
	c := certificate(t, 0)
	dir := t.TempDir()
	for name, export := range map[string]func(string) ([]byte, error){"modern.pfx": c.PFX, "legacy.pfx": c.LegacyPFX} {
		data, err := export(fixturePassword)
		if err != nil {
			t.Fatal(err)
		}
		path := write(t, dir, name, data)
		out := openssl(t, "pkcs12", "-in", path, "-nodes", "-passin", "pass:"+fixturePassword)
		back, err := ParsePEM(out, out)
		if err != nil || back.Thumbprint() != c.Thumbprint() {
			t.Errorf("%s: openssl shows %v, %v, want %v", name, back, err, c)
		}
	}
}

// indefinite writes the outermost element in BER with indefinite length.
func indefinite(t *testing.T, der []byte) []byte {
	t.Helper()
	var outer asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 {
		t.Fatalf("not DER: %v", err)
	}
	ber := append([]byte{0x30, 0x80}, outer.Bytes...)
	return append(ber, 0, 0)
}

// hexOf turns base64url into upper-case hex.
func hexOf(t *testing.T, text string) string {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ToUpper(hex.EncodeToString(data))
}
