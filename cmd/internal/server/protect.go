package server

import (
	"net/http"

	"availproxy/ews/authn"
)

// protect lets only the users of admin.users_file through, whom the file itself
// allows. Health and readiness need no user: probes have none.
func (s *Server) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		users := s.current.Load().users
		switch {
		case r.URL.Path == "/-/healthy" || r.URL.Path == "/-/ready":
			next.ServeHTTP(w, r)
		case users != nil:
			logOn(users, next, w, r)
		case s.exposed: // until the next start, whatever a reload says of listen
			http.Error(w, "admin.users_file is gone, but other machines still reach this listener: restart, or name a file", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func logOn(users *authn.BasicUsers, next http.Handler, w http.ResponseWriter, r *http.Request) {
	outcome, err := users.Authenticate(r)
	if err != nil || outcome.Identity == nil {
		w.Header().Set("WWW-Authenticate", users.Challenge(r))
		http.Error(w, "", http.StatusUnauthorized)
		return
	}
	next.ServeHTTP(w, r.WithContext(authn.NewContext(r.Context(), *outcome.Identity)))
}
