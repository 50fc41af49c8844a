package server

import (
	"crypto/tls"

	"availproxy/cmd/internal/config"
)

// profile is what a TLS profile allows. Everything is said explicitly, since a
// GODEBUG variable would open every listener of the process, and goes away.
// Only HTTP/1.1 is offered: the authentication of old Exchange belongs to a
// connection.
func profile(name config.TLSProfile) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	switch name {
	case config.Legacy:
		c.MinVersion, c.CipherSuites = tls.VersionTLS10, legacySuites()
	case config.Windows2003:
		// Windows Server 2003 has RC4 and 3DES and, without hotfix 948963,
		// nothing else. RC4 stays out: 3DES serves the same machines.
		c.MinVersion, c.CipherSuites = tls.VersionTLS10, append(legacySuites(), tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA)
	}
	return c
}

// legacySuites are those of Schannel up to Windows Server 2012 R2 that an RSA
// certificate serves. Without ECDHE there is no forward secrecy, and the CBC
// suites with SHA-256 have known side channels: that is the price of old
// Windows, and why the profile is not the default.
func legacySuites() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
		tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
		tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
		tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
		tls.TLS_RSA_WITH_AES_128_CBC_SHA,
		tls.TLS_RSA_WITH_AES_256_CBC_SHA,
	}
}
