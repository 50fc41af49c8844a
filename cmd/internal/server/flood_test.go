package server_test

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"availproxy/cmd/internal/telemetry"
	"availproxy/integration/forest"
)

// TestStrangersLeaveFewLines has somebody knock at every door that needs no key.
func TestStrangersLeaveFewLines(t *testing.T) {
	r := prepare(t, newForest(t, forest.Options{}))
	options := r.options()
	options.Log = telemetry.NewLog(r.log, slog.LevelInfo, false, nil).Logger
	r.start(t, options)
	const times = 40
	for name, knock := range map[string]func(){
		`"reason":"bad_password"`: func() { r.get(t, http.MethodPost, r.url, func(q *http.Request) { q.SetBasicAuth("ex2010", "guess") }) },
		"federation asks here":    func() { r.get(t, http.MethodPost, r.url+"/WSSecurity", nil) },
		`"TLS handshake failed"`:  func() { r.mumble(t) },
		`"reason":"unknown_scheme"`: func() {
			r.get(t, http.MethodPost, r.url, func(q *http.Request) { q.Header.Set("Authorization", "Bearer x") })
		},
	} {
		for range times {
			knock()
		}
		if lines := strings.Count(r.log.String(), name); lines == 0 || lines > 5 {
			t.Errorf("%d times left %d lines with %s:\n%s", times, lines, name, r.log)
		}
	}
}

// mumble speaks no TLS to where it is spoken, and waits for the end.
func (r *running) mumble(t *testing.T) {
	t.Helper()
	connection, err := net.Dial("tcp", "127.0.0.1"+r.port("exchange"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	io.WriteString(connection, "HELO proxy\r\n")
	io.Copy(io.Discard, connection)
}
