package server

import (
	"crypto/x509"
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"availproxy/oauth"
)

// readCertificates reads the certificates that we sign with and those that our
// listeners show. use is the key of the configuration, or the auth server.
func readCertificates(s *Server, w *wiring, _ time.Time, observe observe) {
	one := func(use, role string, c *x509.Certificate) {
		thumbprint := (&oauth.Certificate{X509: c}).Thumbprint()
		observe(c.NotAfter.Unix(), attribute.String("use", use), attribute.String("role", role), attribute.String("thumbprint", thumbprint[:8]))
	}
	for _, signing := range w.servers.signing {
		use := signing.server
		if use == "" {
			use = "auth_config"
		}
		for role, c := range map[string]*oauth.Certificate{"current": signing.Current, "next": signing.Next, "previous": signing.Previous} {
			if c != nil {
				one(use, role, c.X509)
			}
		}
	}
	for use, l := range map[string]*listenerTLS{"tls": &s.tls, "admin.tls": &s.admin} {
		if c := l.current.Load(); c != nil {
			one(use, "current", c.Certificates[0].Leaf)
		}
	}
}

// readTokens reads until when there are tokens, whatever they are for: an older
// one, or one that nobody needs any more, is not renewed.
func readTokens(_ *Server, w *wiring, _ time.Time, observe observe) {
	newest := map[string]time.Time{}
	note := func(authority string, held []oauth.HeldToken) {
		for _, token := range held {
			if token.Expires.After(newest[authority]) {
				newest[authority] = token.Expires
			}
		}
	}
	for name, server := range w.servers.byName {
		note(name, server.Held())
	}
	for _, f := range w.forests {
		note(f.self.Name(), f.self.Held())
	}
	for _, authority := range slices.Sorted(maps.Keys(newest)) {
		observe(newest[authority].Unix(), attribute.String("authority", authority))
	}
}

// readEWSEnds reads the time that EWS has left where it is asked and an end is
// known.
func readEWSEnds(_ *Server, w *wiring, now time.Time, observe observe) {
	for name, f := range w.forests {
		if _, ok := f.daysOfEWS(now); ok {
			observe(int64(f.ewsEnds().Sub(now)/time.Second), forestOf(name))
		}
	}
}
