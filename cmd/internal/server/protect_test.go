package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"availproxy/ews/authn"
)

// TestPagesOffLoopbackAreNeverForEverybody has the users go with a reload, which
// is fine on loopback. Elsewhere the listener stays where it is until the next
// start.
func TestPagesOffLoopbackAreNeverForEverybody(t *testing.T) {
	tests := map[string]struct {
		exposed bool
		users   *authn.BasicUsers
		path    string
		status  int
	}{
		"on loopback, without users":          {false, nil, "/", 200},
		"off loopback, without users":         {true, nil, "/", 403},
		"off loopback, without users, alive":  {true, nil, "/-/healthy", 200},
		"off loopback, without users, ready":  {true, nil, "/-/ready", 200},
		"off loopback, without users, counts": {true, nil, "/metrics", 403},
		"off loopback, with users":            {true, &authn.BasicUsers{}, "/", 401},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &Server{exposed: tt.exposed}
			s.current.Store(&wiring{users: tt.users})
			w := httptest.NewRecorder()
			pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "a page") })
			s.protect(pages).ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
			if w.Code != tt.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, tt.status)
			}
		})
	}
}
