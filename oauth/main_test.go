package oauth

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"flag"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	tenant = "11111111-2222-3333-4444-555555555555"
	realm  = "contoso.com"
	anna   = "anna.canary@contoso.com"
)

// The keys of all tests, made once: they cost tenths of a second each. The first
// is a fixture, so that the tokens of one fuzzing process mean something to the
// next.
var testKeys = [...]func() *rsa.PrivateKey{sync.OnceValue(fixtureKey), newKey(2048), newKey(2048), newKey(1024)}

func fixtureKey() *rsa.PrivateKey {
	data, err := os.ReadFile("testdata/pfx/key.pem")
	if err != nil {
		panic(err)
	}
	key, err := pemKey(data)
	if err != nil {
		panic(err)
	}
	return key.(*rsa.PrivateKey)
}

func newKey(bits int) func() *rsa.PrivateKey {
	return sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		return key
	})
}

// x509For is a self-signed certificate for one of the test keys, valid in real
// time and in the year 2000, where synctest begins.
func x509For(t testing.TB, key int, commonName string) *x509.Certificate {
	t.Helper()
	return x509Valid(t, key, commonName, time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC))
}

func x509Valid(t testing.TB, key int, commonName string, from, to time.Time) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(key) + 1),
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    from,
		NotAfter:     to,
	}
	private := testKeys[key]()
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

var testCertificates sync.Map // of *Certificate, by test key

// certificate is the auth certificate of one of the test keys.
func certificate(t testing.TB, key int) *Certificate {
	t.Helper()
	if made, ok := testCertificates.Load(key); ok {
		return made.(*Certificate)
	}
	c, err := NewCertificate(x509For(t, key, ExchangeCertificateName), testKeys[key]())
	if err != nil {
		t.Fatal(err)
	}
	made, _ := testCertificates.LoadOrStore(key, c)
	return made.(*Certificate)
}

// openssl runs the real tool, or skips the test where there is none.
func openssl(t *testing.T, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("AVAILPROXY_REQUIRE_ALL") == "1" {
			t.Fatal("openssl is missing")
		}
		t.Skip("openssl is missing")
	}
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
	return out
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, path); string(got) != string(want) {
		t.Errorf("got\n%s\nwant, as in %s,\n%s", got, path, want)
	}
}
