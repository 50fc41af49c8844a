package server

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"availproxy/ews/authn"
)

// TestWhatALogonIsBoundTo has a client that resumes its sessions, as Schannel
// does for hours, across a change of the certificate.
func TestWhatALogonIsBoundTo(t *testing.T) {
	var l listenerTLS
	renew := func() {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.load(certificateFiles(t, key, &key.PublicKey), nil); err != nil {
			t.Fatal(err)
		}
	}
	renew()
	address := bindings(t, &l)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client := &tls.Config{InsecureSkipVerify: true, MaxVersion: version, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		for _, want := range []struct {
			when    string
			resumed bool
			renew   bool
		}{
			{when: "at first"},
			{when: "again", resumed: true},
			{when: "after a new certificate", renew: true},
			{when: "again with that", resumed: true},
		} {
			if want.renew {
				renew()
			}
			resumed, bound := bound(t, address, client)
			if resumed != want.resumed || !bound {
				t.Errorf("%s, %s: session resumed %t, want %t; bound to the certificate that the client saw: %t",
					tls.VersionName(version), want.when, resumed, want.resumed, bound)
			}
		}
	}
}

// bindings answers each request with what a logon on its connection must be
// bound to.
func bindings(t *testing.T, l *listenerTLS) (address string) {
	t.Helper()
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var connections authn.Connections
	server := &http.Server{
		TLSConfig: l.config(), ConnContext: connections.ConnContext, ConnState: connections.ConnState,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			hash, _ := authn.ConnectionFrom(r.Context()).Binding()
			fmt.Fprintf(w, "%x", hash)
		}),
	}
	served := make(chan error)
	go func() { served <- server.ServeTLS(open, "", "") }()
	t.Cleanup(func() {
		server.Close()
		<-served
	})
	return open.Addr().String()
}

// bound makes a connection of its own and reports whether it resumed a session,
// and whether the server binds it to the certificate that the client knows.
func bound(t *testing.T, address string, client *tls.Config) (resumed, same bool) {
	t.Helper()
	conn, err := tls.Dial("tcp", address, client)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: fb\r\nConnection: close\r\n\r\n")
	answer, err := io.ReadAll(conn) // with TLS 1.3, the session comes with it
	if err != nil {
		t.Fatal(err)
	}
	certificate := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].Raw)
	data := append([]byte("tls-server-end-point:"), certificate[:]...)
	binding := append(make([]byte, 16), binary.LittleEndian.AppendUint32(nil, uint32(len(data)))...)
	want := fmt.Sprintf("%x", md5.Sum(append(binding, data...)))
	return conn.ConnectionState().DidResume, string(answer[len(answer)-len(want):]) == want
}
