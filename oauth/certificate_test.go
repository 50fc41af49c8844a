package oauth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNewCertificateRefuses(t *testing.T) {
	tests := map[string]struct {
		cert *x509.Certificate
		key  crypto.Signer
		want string // in the error, "" for none
	}{
		"nothing, when all is well":   {x509For(t, 0, "ok"), testKeys[0](), ""},
		"the key of another one":      {x509For(t, 0, "ok"), testKeys[1](), "does not belong"},
		"a key of 1024 bits":          {x509For(t, 3, "weak"), testKeys[3](), "1024 bits; it needs 2048"},
		"an elliptic curve":           ecdsaCertificate(t),
		"an RSA certificate, EC key":  {x509For(t, 0, "ok"), ecdsaCertificate(t).key, "does not belong"},
		"an EC certificate, RSA key":  {ecdsaCertificate(t).cert, testKeys[0](), "Exchange takes RSA only"},
		"nothing, for an expired one": {x509Valid(t, 0, "old", time.Unix(0, 0), time.Unix(1e9, 0)), testKeys[0](), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := NewCertificate(tt.cert, tt.key)
			if tt.want == "" && (err != nil || c == nil) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("NewCertificate: %v; want an error with %q", err, tt.want)
			}
		})
	}
}

func ecdsaCertificate(t *testing.T) struct {
	cert *x509.Certificate
	key  crypto.Signer
	want string
} {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return struct {
		cert *x509.Certificate
		key  crypto.Signer
		want string
	}{cert, key, "Exchange takes RSA only"}
}

func TestCertificateKnowsHowLongItLives(t *testing.T) {
	from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	c, err := NewCertificate(x509Valid(t, 0, "short", from, to), testKeys[0]())
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		at       time.Time
		wantBad  string
		wantLeft int
	}{
		"before it begins":    {from.Add(-time.Second), "not valid before 2026-01-01T00:00:00Z", 31},
		"when it begins":      {from, "", 31},
		"on its last day":     {to.Add(-time.Hour), "", 0},
		"a second after":      {to.Add(time.Second), "expired at 2026-02-01T00:00:00Z", -1},
		"two days after that": {to.Add(49 * time.Hour), "expired at", -3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := c.Check(tt.at)
			if (err == nil) != (tt.wantBad == "") || err != nil && !strings.Contains(err.Error(), tt.wantBad) {
				t.Errorf("Check: %v, want %q", err, tt.wantBad)
			}
			if got := c.DaysLeft(tt.at); got != tt.wantLeft {
				t.Errorf("%d days left, want %d", got, tt.wantLeft)
			}
		})
	}
}

func TestCertificateNamesAreThoseOfOpenSSL(t *testing.T) {
	c := certificate(t, 0)
	path := write(t, t.TempDir(), "cert.pem", c.PEM())
	for digest, got := range map[string]string{"-sha1": c.Thumbprint(), "-sha256": hexOf(t, c.X5TS256())} {
		_, want, _ := strings.Cut(string(openssl(t, "x509", "-in", path, "-noout", "-fingerprint", digest)), "=")
		if want = strings.ReplaceAll(strings.TrimSpace(want), ":", ""); got != want {
			t.Errorf("%s: %s, openssl says %s", digest, got, want)
		}
	}
	if got, want := hexOf(t, c.X5T()), c.Thumbprint(); got != want || len(c.X5T()) != 27 {
		t.Errorf("x5t %q is %s, want 27 characters for %s", c.X5T(), got, want)
	}
}

func TestGenerateCertificateLooksLikeThatOfExchange(t *testing.T) {
	c, err := GenerateCertificate("", 0)
	if err != nil {
		t.Fatal(err)
	}
	x := c.X509
	if got, want := x.Subject.String(), "CN=Microsoft Exchange Server Auth Certificate"; got != want || x.Issuer.String() != want {
		t.Errorf("subject %q, issuer %q, want %q", got, x.Issuer, want)
	}
	if bits := x.PublicKey.(*rsa.PublicKey).N.BitLen(); bits != 2048 {
		t.Errorf("%d bits", bits)
	}
	if now := time.Now(); c.Check(now) != nil || c.DaysLeft(now) < 5*365 || c.DaysLeft(now) > 5*366 {
		t.Errorf("valid from %s to %s", x.NotBefore, x.NotAfter)
	}
	if x.IsCA || len(x.DNSNames) > 0 || x.KeyUsage != x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment ||
		!slices.Equal(x.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) {
		t.Errorf("CA %v, names %v, usages %v %v", x.IsCA, x.DNSNames, x.KeyUsage, x.ExtKeyUsage)
	}
	other, err := GenerateCertificate("partner", 1)
	if err != nil {
		t.Fatal(err)
	}
	if other.X509.Subject.CommonName != "partner" || other.DaysLeft(time.Now()) > 366 {
		t.Errorf("got %s until %s", other.X509.Subject, other.X509.NotAfter)
	}
}

func TestCertificateComesBackFromItsFiles(t *testing.T) {
	c := certificate(t, 0)
	key, err := c.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	modern, err := c.PFX("päss")
	if err != nil {
		t.Fatal(err)
	}
	legacy, err := c.LegacyPFX("päss")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]func() (*Certificate, error){
		"PEM in two files": func() (*Certificate, error) { return ParsePEM(c.PEM(), key) },
		"PEM in one file":  func() (*Certificate, error) { both := append(key, c.PEM()...); return ParsePEM(both, both) },
		"PFX":              func() (*Certificate, error) { return ParsePFX(modern, "päss") },
		"legacy PFX":       func() (*Certificate, error) { return ParsePFX(legacy, "päss") },
	}
	for name, parse := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parse()
			if err != nil || got.Thumbprint() != c.Thumbprint() {
				t.Errorf("got %v, %v, want %v", got, err, c)
			}
		})
	}
	if _, err := ParsePFX(modern, "wrong"); err != ErrPassword {
		t.Errorf("a wrong password gives %v, want ErrPassword", err)
	}
}

// module is a key that does not leave its hardware.
type module struct{ key crypto.Signer }

func (m module) Public() crypto.PublicKey { return m.key.Public() }

func (m module) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return m.key.Sign(r, digest, opts)
}

func TestKeyInHardwareSignsAndIsNotExported(t *testing.T) {
	c, err := NewCertificate(x509For(t, 0, "hsm"), module{testKeys[0]()})
	if err != nil {
		t.Fatal(err)
	}
	compact, err := sign(claims{Issuer: "a@b"}, c)
	if err != nil || strings.Count(compact, ".") != 2 {
		t.Errorf("sign: %q, %v", compact, err)
	}
	_, errPFX := c.PFX("")
	_, errPEM := c.KeyPEM()
	if !errors.Is(errPFX, ErrNotExportable) || !errors.Is(errPEM, ErrNotExportable) {
		t.Errorf("export: %v, %v, want ErrNotExportable", errPFX, errPEM)
	}
}

func TestParsePEMSaysWhatIsWrong(t *testing.T) {
	c := certificate(t, 0)
	key, err := c.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string) []byte {
		return []byte("-----BEGIN " + kind + "-----\nAAAA\n-----END " + kind + "-----\n")
	}
	tests := map[string]struct {
		cert, key []byte
		want      string
	}{
		"no certificate":           {key, key, "no PEM block of type CERTIFICATE"},
		"no key":                   {c.PEM(), c.PEM(), "no PEM block of type PRIVATE KEY"},
		"an encrypted key":         {c.PEM(), block("ENCRYPTED PRIVATE KEY"), "openssl pkey -in"},
		"an old key, damaged":      {c.PEM(), block("RSA PRIVATE KEY"), "encrypted or damaged"},
		"a damaged key":            {c.PEM(), block("PRIVATE KEY"), "damaged"},
		"a damaged certificate":    {block("CERTIFICATE"), key, "the auth certificate"},
		"an empty file":            {nil, nil, "no PEM block of type CERTIFICATE"},
		"the key of another world": {c.PEM(), keyPEM(t, 1), "does not belong"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := ParsePEM(tt.cert, tt.key); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParsePEM: %v, want %q", err, tt.want)
			}
		})
	}
}

func keyPEM(t *testing.T, key int) []byte {
	t.Helper()
	data, err := certificate(t, key).KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestReadKeyFileRefusesWhatOthersCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such bits")
	}
	tests := map[string]struct {
		mode os.FileMode
		ok   bool
	}{
		"the owner alone":                 {0o600, true},
		"the owner, without writing":      {0o400, true},
		"others may pass through, only":   {0o711, true},
		"the group may read":              {0o640, false},
		"everybody may read":              {0o604, false},
		"everybody may read, as by umask": {0o644, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "auth.pfx")
			if err := os.WriteFile(path, []byte("key"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			data, err := ReadKeyFile(path)
			if tt.ok && (err != nil || string(data) != "key") || !tt.ok && (err == nil || !strings.Contains(err.Error(), "chmod 600 "+path)) {
				t.Errorf("mode %o: %q, %v; want ok %v", tt.mode, data, err, tt.ok)
			}
		})
	}
	if _, err := ReadKeyFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
}
