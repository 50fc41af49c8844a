package server

import (
	"crypto/tls"
	"fmt"
	"sync/atomic"

	"availproxy/cmd/internal/config"
)

// listenerTLS is the certificate of a listener. It is read again by each
// reload, while connections go on with the one they began with.
type listenerTLS struct {
	current atomic.Pointer[tls.Certificate]
}

// load reads the certificate and keeps the one in force when that fails.
func (l *listenerTLS) load(c config.TLS) error {
	if !c.Enabled() {
		return nil
	}
	certificate, err := tls.LoadX509KeyPair(string(c.Certificate), string(c.Key))
	if err != nil {
		return fmt.Errorf("tls.certificate: %w", err)
	}
	l.current.Store(&certificate)
	return nil
}

// config is that of the profile "modern". Whatever name a client asks for, or
// none at all, it gets the one certificate. Only HTTP/1.1 is offered: the
// authentication of old Exchange belongs to a connection.
func (l *listenerTLS) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.current.Load(), nil },
	}
}
