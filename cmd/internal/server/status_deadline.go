package server

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"availproxy/cmd/internal/admin"
	"availproxy/cmd/internal/config"
	"availproxy/oauth"
)

// certificateStatus lists the certificates that we sign with and those that our
// listeners show.
func (s *Server) certificateStatus(w *wiring) []admin.CertificateStatus {
	var all []admin.CertificateStatus
	for _, signing := range w.servers.signing {
		all = append(all, signing.status()...)
	}
	for _, l := range []struct {
		role string
		tls  *listenerTLS
	}{{"TLS certificate of listen", &s.tls}, {"TLS certificate of admin.listen", &s.admin}} {
		if c := l.tls.current.Load(); c != nil {
			leaf := &oauth.Certificate{X509: c.Certificates[0].Leaf}
			all = append(all, admin.CertificateStatus{Role: l.role, Thumbprint: leaf.Thumbprint(), NotAfter: leaf.X509.NotAfter})
		}
	}
	return all
}

func (s signer) status() []admin.CertificateStatus {
	var all []admin.CertificateStatus
	for _, of := range []struct {
		role        string
		certificate *oauth.Certificate
	}{{"current", s.Current}, {"next", s.Next}, {"previous", s.Previous}} {
		if of.certificate != nil {
			all = append(all, admin.CertificateStatus{
				Role: upperFirst(s.String()) + ", " + of.role, Thumbprint: of.certificate.Thumbprint(), NotAfter: of.certificate.X509.NotAfter,
			})
		}
	}
	return all
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// tokenStatus lists the tokens that are held, by who gave them.
func (w *wiring) tokenStatus() []admin.TokenStatus {
	var all []admin.TokenStatus
	add := func(server string, held []oauth.HeldToken) {
		for _, token := range held {
			all = append(all, admin.TokenStatus{Server: server, Audience: token.For, Expires: token.Expires})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.servers.byName)) {
		add(name, w.servers.byName[name].Held())
	}
	for _, name := range slices.Sorted(maps.Keys(w.forests)) {
		add("ourselves, for "+name, w.forests[name].self.Held())
	}
	return all
}

// deadlines are the days by which somebody must have acted, the nearest first.
func (w *wiring) deadlines(now time.Time) []admin.Deadline {
	var all []admin.Deadline
	for _, name := range slices.Sorted(maps.Keys(w.forests)) {
		f := w.forests[name]
		if days, ok := f.daysOfEWS(now); ok {
			what := name + ": EWS ends; register an application for Graph before, and rehearse (docs/migration.md)"
			handled := f.connector.Backend != config.EWSBackend
			if handled {
				what = name + ": EWS ends, and Graph answers in its place"
			}
			all = append(all, admin.Deadline{At: f.ewsEnds(), What: what, Soon: days < ewsEndSoon && !handled})
		}
	}
	for _, s := range w.servers.signing {
		if s.Next != nil && now.Before(s.NextEffective) {
			all = append(all, admin.Deadline{At: s.NextEffective, What: "The next " + s.String() + " signs from then on: the other side must know it"})
		}
	}
	slices.SortStableFunc(all, func(a, b admin.Deadline) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.What, b.What)) })
	return all
}
