package server_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
	"availproxy/integration/forest"
)

// What a panic carries goes into the log by way of net/http, and must not carry
// anybody's name there, nor a token.
func TestAPanicTellsNothingOfAnybody(t *testing.T) {
	const (
		ticket = "q7Zk3Vw9Xt5Rb1Nm8Jc4Hg6Fd2Ls0Py"
		token  = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.AAAA"
	)
	r := prepare(t, newForest(t, forest.Options{}))
	options := r.options()
	names := freebusy.NewPseudonyms("0123456789abcdef")
	options.Log = telemetry.NewLog(r.log, slog.LevelInfo, false, func(text string) string { return names.Mask(text, nil) }).Logger
	options.Metrics = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("alice@fabrikam.example, S-1-5-21-1-2-3-1104, " + token + ", " + ticket)
	})
	r.start(t, options)
	if answer, err := r.client(t).Get(r.admin + "/metrics"); err == nil {
		answer.Body.Close()
		t.Errorf("a panic is answered %d", answer.StatusCode)
	}
	for deadline := time.Now().Add(patience); !strings.Contains(r.log.String(), "panic serving"); {
		if time.Now().After(deadline) {
			t.Fatalf("the log does not tell of the panic:\n%s", r.log)
		}
	}
	for _, secret := range []string{"alice@", "S-1-5-21-1-2-3", "eyJ", ticket} {
		if strings.Contains(r.log.String(), secret) {
			t.Errorf("the log tells %s:\n%s", secret, r.log)
		}
	}
}
