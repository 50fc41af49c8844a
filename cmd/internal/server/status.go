package server

import (
	"cmp"
	"net/http"
	"time"

	"availproxy/cache"
	"availproxy/cmd/internal/admin"
	"availproxy/discovery"
	"availproxy/ews/authn"
	"availproxy/freebusy"
	"availproxy/oauth"
)

// status gathers what the admin page shows.
func (s *Server) status() admin.Status {
	w := s.current.Load()
	stats := s.store.Stats()
	st := admin.Status{
		Version: s.options.Version, Started: s.started, Configuration: s.options.Path, Loaded: w.loaded,
		Cache: cacheStatus(stats),
	}
	for _, signing := range w.servers.signing {
		st.Certificates = append(st.Certificates, certificateStatus(signing)...)
	}
	if said := s.reloadError.Load(); said != nil {
		st.ReloadError = *said
	}
	for _, warning := range w.config.Warnings {
		st.Warnings = append(st.Warnings, warning.String())
	}
	if warning := memoryOf(w.config).warning(); warning != "" {
		st.Warnings = append(st.Warnings, warning)
	}
	for _, d := range w.directory.Snapshot() {
		connector := w.forests[d.Connector]
		f := connector.status(d)
		f.LastError = w.pseudonyms.Mask(f.LastError, nil) // other servers name mailboxes in theirs
		st.Forests = append(st.Forests, f)
		if s := connector.shadow; s != nil {
			st.Shadows = append(st.Shadows, shadowStatus(d.Connector, s.name, s.State(), w.pseudonyms))
		}
	}
	return st
}

func (f *forest) status(d discovery.State) admin.ForestStatus {
	st := admin.ForestStatus{
		Connector: d.Connector, Backend: f.backEnd(), Domains: d.Domains, Endpoint: d.Endpoint,
		EWSEnd: f.ewsEnd(time.Now()), State: "up", LastError: d.Said,
	}
	if d.LastError != "" && d.Endpoint == "" {
		st.State = "not found, looked for again at " + d.Retry.UTC().Format("15:04:05 UTC")
	}
	for _, limit := range f.limits() {
		if limit.Breaker != freebusy.Closed {
			st.State, st.LastError = limit.Breaker.String(), limit.LastError
			if !limit.Until.IsZero() {
				st.State = "not asked until " + limit.Until.UTC().Format("15:04:05 UTC")
			}
		}
	}
	return st
}

func cacheStatus(s cache.Stats) admin.CacheStatus {
	st := admin.CacheStatus{Mailboxes: s.Mailboxes, Bytes: s.Bytes, Limit: s.Limit}
	for _, c := range s.Forests {
		st.Forests = append(st.Forests, admin.CacheCounts{
			Forest: cmp.Or(c.Forest, "no connector"), Mailboxes: c.Mailboxes, Bytes: c.Bytes,
			Requests: c.Requests, Hits: c.Hits, Negative: c.Negative, Stale: c.Stale, Misses: c.Misses, Partial: c.Partial,
			Coalesced: c.Coalesced, Renewed: c.Renewed, Fetched: c.Fetched, Evicted: c.Evicted, Purged: c.Purged,
		})
	}
	return st
}

func certificateStatus(c signer) []admin.CertificateStatus {
	var all []admin.CertificateStatus
	for _, of := range []struct {
		role        string
		certificate *oauth.Certificate
	}{{"current", c.Current}, {"next, from " + c.NextEffective.UTC().Format(time.DateOnly), c.Next}, {"previous", c.Previous}} {
		if c.server != "" {
			of.role += ", for " + c.server
		}
		if of.certificate != nil {
			all = append(all, admin.CertificateStatus{
				Role: of.role, Thumbprint: of.certificate.Thumbprint(), NotAfter: of.certificate.X509.NotAfter,
			})
		}
	}
	return all
}

// protect lets only the users of admin.users_file through, whom the file itself
// allows. Health and readiness need no user: probes have none.
func (s *Server) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		users := s.current.Load().users
		if users == nil || r.URL.Path == "/-/healthy" || r.URL.Path == "/-/ready" {
			next.ServeHTTP(w, r)
			return
		}
		outcome, err := users.Authenticate(r)
		if err != nil || outcome.Identity == nil {
			w.Header().Set("WWW-Authenticate", users.Challenge(r))
			http.Error(w, "", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(authn.NewContext(r.Context(), *outcome.Identity)))
	})
}
