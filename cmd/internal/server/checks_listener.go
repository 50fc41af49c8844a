package server

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"availproxy/cmd/internal/check"
)

// listenerSoon is when the end of the listener's certificate is worth a warning.
const listenerSoon = 30

// checkListener looks at the certificate that old servers see. Whether its name is
// the one in ProxyUrl, an export of the address spaces tells.
func (w *wiring) checkListener(now time.Time) []check.Finding {
	if !w.config.TLS.Enabled() {
		return nil
	}
	f := check.Finding{
		ID: "listener.certificate", Severity: check.OK, Subject: string(w.config.TLS.Certificate),
		Expected: fmt.Sprintf("a certificate for the name in ProxyUrl, with %d days left or more, of a CA that the old servers trust", listenerSoon),
		Fix:      "Get a certificate for the name in ProxyUrl from a CA that the old servers trust, with its chain in tls.certificate.",
	}
	pair, err := tls.LoadX509KeyPair(string(w.config.TLS.Certificate), string(w.config.TLS.Key))
	if err != nil {
		f.Severity, f.Seen, f.Cause = check.Fail, err.Error(), "listener.certificate"
		return []check.Finding{f}
	}
	leaf := pair.Leaf
	days := int(leaf.NotAfter.Sub(now).Hours() / 24)
	f.Seen = fmt.Sprintf("for %s, valid until %s, %d days left", strings.Join(leaf.DNSNames, ", "), leaf.NotAfter.UTC().Format(time.DateOnly), days)
	intermediates := x509.NewCertPool()
	for _, der := range pair.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			intermediates.AddCert(c)
		}
	}
	_, untrusted := leaf.Verify(x509.VerifyOptions{Intermediates: intermediates, CurrentTime: now})
	switch {
	case now.After(leaf.NotAfter) || now.Before(leaf.NotBefore):
		f.Severity, f.Cause = check.Fail, "listener.certificate"
	case len(leaf.DNSNames) == 0:
		f.Severity, f.Seen = check.Warn, f.Seen+"; it names no host as alternative name"
	case days < listenerSoon:
		f.Severity = check.Warn
	case untrusted != nil:
		f.Seen += "; this machine does not know its CA, which the old servers must"
	}
	return []check.Finding{f}
}
