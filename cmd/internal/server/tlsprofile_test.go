package server

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"availproxy/cmd/internal/config"
)

func TestAProfileLetsInWhoItNames(t *testing.T) {
	client := func(version uint16, suites ...uint16) *tls.Config {
		return &tls.Config{MinVersion: version, MaxVersion: version, CipherSuites: suites}
	}
	clients := map[string]struct {
		offers *tls.Config
		in     string // the profiles that let it in, first letters
	}{
		"TLS 1.3":                                   {client(tls.VersionTLS13), "mlw"},
		"TLS 1.2 as Windows 10 has it":              {client(tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), "mlw"},
		"TLS 1.2 as Windows Server 2012 has it":     {client(tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA), "mlw"},
		"TLS 1.2 without ECDHE":                     {client(tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA256), "lw"},
		"TLS 1.1":                                   {client(tls.VersionTLS11, tls.TLS_RSA_WITH_AES_128_CBC_SHA), "lw"},
		"TLS 1.0 as .NET on Windows Server 2008 R2": {client(tls.VersionTLS10, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA), "lw"},
		"TLS 1.0 as Windows Server 2003, hotfixed":  {client(tls.VersionTLS10, tls.TLS_RSA_WITH_AES_256_CBC_SHA), "lw"},
		"TLS 1.0 with 3DES alone":                   {client(tls.VersionTLS10, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA), "w"},
		"TLS 1.0 with RC4 alone":                    {client(tls.VersionTLS10, tls.TLS_RSA_WITH_RC4_128_SHA), ""},
	}
	for _, profile := range []config.TLSProfile{config.Modern, config.Legacy, config.Windows2003} {
		served := serveTLS(t, profile)
		for name, c := range clients {
			for _, sni := range []string{"fb.contoso.example", ""} {
				if got, want := served.admits(c.offers, sni), strings.Contains(c.in, string(profile)[:1]); got != want {
					t.Errorf("profile %s, %s, server name %q: let in is %v, want %v", profile, name, sni, got, want)
				}
			}
		}
	}
}

func TestAFailedHandshakeIsOneLineThatAnAdminUnderstands(t *testing.T) {
	tests := map[string]struct {
		profile config.TLSProfile
		offers  *tls.Config
		want    []string
	}{
		"too old": {config.Modern, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10},
			[]string{"TLS handshake failed", "client offered only unsupported versions: TLS 1.0", "tls.profile to legacy"}},
		"suites of Windows Server 2003": {config.Legacy, &tls.Config{
			MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}},
			[]string{"no cipher suite supported by both", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "windows2003"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			served := serveTLS(t, tt.profile)
			if served.admits(tt.offers, "") {
				t.Fatal("the client was let in")
			}
			served.close()
			for _, want := range tt.want {
				if got := served.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, want) {
					t.Errorf("the log says %q, want one line with %q", got, want)
				}
			}
		})
	}
}

// TestWhatIsSaidOfAFailedHandshake begins with the words of net/http.
func TestWhatIsSaidOfAFailedHandshake(t *testing.T) {
	tests := map[string]struct{ said, reason, remedy string }{
		"a suite of an older profile": {"tls: no cipher suite supported by both client and server; client offered: [2f 35 ff]",
			"client offered: TLS_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_AES_256_CBC_SHA", "set tls.profile to legacy"},
		"Windows Server 2003": {"tls: no cipher suite supported by both client and server; client offered: [4 5 a 9 64 62 3 6 13 12]",
			"TLS_RSA_WITH_RC4_128_MD5, TLS_RSA_WITH_RC4_128_SHA, TLS_RSA_WITH_3DES_EDE_CBC_SHA, TLS_RSA_WITH_DES_CBC_SHA", "set tls.profile to windows2003"},
		"RC4 alone":               {"tls: no cipher suite supported by both client and server; client offered: [4 5]", "TLS_RSA_WITH_RC4_128_SHA", "hotfix 948963"},
		"suites that nobody has":  {"tls: no cipher suite supported by both client and server; client offered: [33 3d ff]", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_AES_256_CBC_SHA256", "no profile has any of these"},
		"an old version":          {"tls: client offered only unsupported versions: [302 301]", "TLS 1.1, TLS 1.0", "set tls.profile to legacy"},
		"plain HTTP":              {"client sent an HTTP request to an HTTPS server", "HTTP request", "use https in its URL"},
		"no TLS":                  {"tls: first record does not look like a TLS handshake", "first record", "use https in its URL"},
		"SSL 2.0":                 {"tls: unsupported SSLv2 handshake received", "SSLv2", "switch SSL 2.0 off"},
		"an unknown authority":    {"remote error: tls: unknown certificate authority", "unknown certificate authority", "does not trust our certificate"},
		"the same, of OpenSSL":    {"local error: tls: bad record MAC", "bad record MAC", "does not trust our certificate"},
		"nothing that is known":   {"something else", "something else", ""},
		"a number that is no end": {"client offered: [ffffffffff 2f]", "client offered: TLS_RSA_WITH_AES_128_CBC_SHA", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := inWords(tt.said); !strings.Contains(got, tt.reason) || strings.Contains(got, "0x") {
				t.Errorf("the reason is %q, want %q in it", got, tt.reason)
			}
			if got := remedy(tt.said); !strings.Contains(got, tt.remedy) || (got == "") != (tt.remedy == "") {
				t.Errorf("the remedy is %q, want %q in it", got, tt.remedy)
			}
		})
	}
}

// TestEachSuiteOfAnOldProfile has a client of Go with nothing but one suite, in
// every version that has the suite, with a server name and without.
func TestEachSuiteOfAnOldProfile(t *testing.T) {
	for _, name := range []config.TLSProfile{config.Legacy, config.Windows2003} {
		served := serveTLS(t, name)
		old := 0
		for _, suite := range suitesOf(name) {
			for _, version := range suite.SupportedVersions {
				if version == tls.VersionTLS10 {
					old++
				}
				for _, sni := range []string{"fb.contoso.example", ""} {
					offers := &tls.Config{MinVersion: version, MaxVersion: version, CipherSuites: []uint16{suite.ID}}
					if !served.admits(offers, sni) {
						t.Errorf("profile %s keeps out %s with %s, server name %q", name, tls.VersionName(version), suite.Name, sni)
					}
				}
			}
		}
		if want := map[config.TLSProfile]int{config.Legacy: 4, config.Windows2003: 5}[name]; old != want {
			t.Errorf("profile %s has %d suites for TLS 1.0, want %d", name, old, want)
		}
	}
}

// suitesOf are the suites of a profile that names them.
func suitesOf(p config.TLSProfile) (suites []*tls.CipherSuite) {
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if slices.Contains(profile(p).CipherSuites, suite.ID) {
			suites = append(suites, suite)
		}
	}
	return suites
}

// TestOpenSSL does so with a client that is not ours and not Go's, as far as it
// has the suites, and without a server name.
func TestOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("AVAILPROXY_REQUIRE_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skip("openssl is not installed")
	}
	known, err := exec.CommandContext(t.Context(), "openssl", "ciphers", "-stdname", "ALL:@SECLEVEL=0").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{} // of openssl, by those of the standards
	for line := range strings.Lines(string(known)) {
		if fields := strings.Fields(line); len(fields) > 2 {
			names[fields[0]] = fields[2]
		}
	}
	for _, p := range []config.TLSProfile{config.Modern, config.Legacy, config.Windows2003} {
		served := serveTLS(t, p)
		for _, suite := range suitesOf(config.Windows2003) {
			for _, version := range suite.SupportedVersions {
				cipher, found := names[suite.Name]
				if !found {
					t.Logf("openssl has no %s", suite.Name)
					break
				}
				in := slices.Contains(profile(p).CipherSuites, suite.ID)
				if p == config.Modern { // those of crypto/tls
					in = version == tls.VersionTLS12 && strings.Contains(suite.Name, "ECDHE") && !strings.HasSuffix(suite.Name, "CBC_SHA256")
				}
				if got, said := served.admitsOpenSSL(t, cipher, version); got != in {
					t.Errorf("profile %s, %s with %s: let in is %v, want %v; openssl says\n%s", p, tls.VersionName(version), cipher, got, in, said)
				}
			}
		}
	}
}

// admitsOpenSSL reports whether s_client comes to an agreement on a suite.
func (s *served) admitsOpenSSL(t *testing.T, cipher string, version uint16) (in bool, said []byte) {
	t.Helper()
	flag := map[uint16]string{tls.VersionTLS10: "-tls1", tls.VersionTLS11: "-tls1_1", tls.VersionTLS12: "-tls1_2"}[version]
	command := exec.CommandContext(t.Context(), "openssl", "s_client", "-connect", s.address, flag, "-noservername",
		"-cipher", cipher+":@SECLEVEL=0", "-no_ign_eof")
	command.Stdin = strings.NewReader("")
	said, _ = command.CombinedOutput() // its exit code also depends on trust
	return bytes.Contains(said, []byte("Cipher    : "+cipher+"\n")), said
}

func TestAnOldProfileWantsAnRSAKey(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	files := certificateFiles(t, key, &key.PublicKey)
	for profile, ok := range map[config.TLSProfile]bool{config.Modern: true, config.Legacy: false, config.Windows2003: false} {
		files.Profile = profile
		if err := new(listenerTLS).load(files, nil); (err == nil) != ok {
			t.Errorf("profile %s with an ECDSA key: %v", profile, err)
		}
	}
}

// served is a listener with a profile and what its log says.
type served struct {
	address string
	log     *lockedBuffer
	close   func()
}

func serveTLS(t *testing.T, profile config.TLSProfile) *served {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	files := certificateFiles(t, key, &key.PublicKey)
	files.Profile = profile
	var l listenerTLS
	if err := l.load(files, nil); err != nil {
		t.Fatal(err)
	}
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &served{address: open.Addr().String(), log: &lockedBuffer{}}
	server := &http.Server{
		TLSConfig: l.config(), ErrorLog: httpLog(slog.New(slog.NewTextHandler(s.log, nil))),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "in") }),
	}
	var serving sync.WaitGroup
	serving.Go(func() { server.ServeTLS(open, "", "") })
	s.close = sync.OnceFunc(func() {
		server.Shutdown(context.WithoutCancel(t.Context()))
		serving.Wait()
	})
	t.Cleanup(s.close)
	return s
}

// admits reports whether a client gets an answer.
func (s *served) admits(offers *tls.Config, sni string) bool {
	offers = offers.Clone()
	offers.InsecureSkipVerify = true // the test is about the protocol
	offers.ServerName = sni
	conn, err := tls.Dial("tcp", s.address, offers)
	if err != nil {
		return false
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: fb\r\nConnection: close\r\n\r\n")
	answer, err := io.ReadAll(conn)
	return err == nil && bytes.HasSuffix(answer, []byte("in"))
}

func certificateFiles(t *testing.T, key, public any) config.TLS {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fb.contoso.example"}, DNSNames: []string{"fb.contoso.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) config.Path {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return config.Path(path)
	}
	return config.TLS{Certificate: write("fb.pem", "CERTIFICATE", der), Key: write("fb.key", "PRIVATE KEY", private), Profile: config.Modern}
}

type lockedBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
