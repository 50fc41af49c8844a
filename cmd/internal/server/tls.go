package server

import (
	"crypto/rsa"
	"crypto/tls"
	"errors"
	"fmt"
	"sync/atomic"

	"availproxy/cmd/internal/config"
	"availproxy/ews/authn"
)

// listenerTLS is the certificate of a listener and how old its clients may be.
// Both are read again by each reload, while connections go on with what they
// began with.
type listenerTLS struct {
	current atomic.Pointer[tls.Config]
}

// load swaps to what c says and keeps the one in force when that fails.
func (l *listenerTLS) load(c config.TLS, clients *authn.Certificates) error {
	next, err := listenerConfig(c, clients)
	l.swap(next)
	return err
}

// swap changes to next for new connections; nil changes nothing.
func (l *listenerTLS) swap(next *tls.Config) {
	if next != nil {
		l.current.Store(next)
	}
}

// listenerConfig makes the configuration of c, or nil where there is no TLS.
// With clients it asks for client certificates.
func listenerConfig(c config.TLS, clients *authn.Certificates) (*tls.Config, error) {
	if !c.Enabled() {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(string(c.Certificate), string(c.Key))
	if err != nil {
		return nil, fmt.Errorf("tls.certificate: %w", err)
	}
	if _, isRSA := certificate.Leaf.PublicKey.(*rsa.PublicKey); !isRSA && c.Profile != config.Modern {
		return nil, fmt.Errorf("tls.certificate: %w", errNotRSA)
	}
	next := profile(c.Profile)
	// The one certificate is for whatever name a client asks for, or none at
	// all: Windows Server 2003 sends none.
	next.Certificates = []tls.Certificate{certificate}
	if clients != nil {
		next.ClientAuth, next.ClientCAs = tls.RequestClientCert, clients.Roots()
	}
	// With ticket keys of its own, no session outlives this certificate: whoever
	// resumes one binds its logon to the certificate seen then (RFC 5929 4).
	next.WrapSession, next.UnwrapSession = next.EncryptTicket, next.DecryptTicket
	return next, nil
}

// errNotRSA is of the start, since at run time no old client could say why it
// gives up.
var errNotRSA = errors.New("clients as old as this profile lets in need a certificate with an RSA key")

// config asks for the configuration in force anew for each connection, and notes
// which certificate that one shows, since net/http does not tell.
func (l *listenerTLS) config() *tls.Config {
	return &tls.Config{
		NextProtos: []string{"http/1.1"}, // read by net/http alone
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			current := l.current.Load()
			if c := authn.ConnectionFrom(hello.Context()); c != nil {
				c.Show(current.Certificates[0].Leaf)
			}
			return current, nil
		},
	}
}

// certificateNames are the host names that the certificate of c is for.
func certificateNames(c config.TLS) ([]string, error) {
	certificate, err := tls.LoadX509KeyPair(string(c.Certificate), string(c.Key))
	if err != nil {
		return nil, err
	}
	return certificate.Leaf.DNSNames, nil
}
