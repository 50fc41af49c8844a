package server_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"availproxy/cmd/internal/telemetry"
	"availproxy/integration/forest"
)

// TestTheWireIsInTheLogWhileItsLevelSaysSo looks for every hop of a question, and for
// nothing of what nobody may see.
func TestTheWireIsInTheLogWhileItsLevelSaysSo(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := prepare(t, f, with(neverFresh))
	options := r.options()
	options.Verbosity = telemetry.NewVerbosity(slog.LevelInfo)
	options.Log = telemetry.NewLogger(r.log, options.Verbosity, false, nil)
	r.start(t, options)
	c := r.caller(t)
	c.SecurityContext = &forest.SecurityContext{UserSID: "S-1-5-21-1-2-3-1104", PrimarySMTPAddress: "li.na@contoso.example"}
	r.ask(t, c)
	if strings.Contains(r.log.String(), `"level":"WIRE"`) {
		t.Fatalf("the wire is in the log:\n%s", r.log)
	}
	options.Verbosity.Set(telemetry.LevelWire, time.Time{})
	r.ask(t, c)
	f.EWS.Faults.Set(forest.Faults{Reset: true})
	t.Cleanup(f.EWS.Faults.Clear)
	r.ask(t, c)
	options.Verbosity.Set(slog.LevelInfo, time.Time{})

	seen := map[string]bool{}
	for line := range strings.Lines(r.log.String()) {
		var l struct{ Level, Msg, Direction, Body string }
		if json.Unmarshal([]byte(line), &l) != nil || l.Level != "WIRE" {
			continue
		}
		for _, word := range []string{"GetUserAvailabilityRequest", "GetUserAvailabilityResponse", "FreeBusyViewOptions", "MergedFreeBusy"} {
			if strings.Contains(l.Body, word) {
				seen[l.Direction+" "+l.Msg+" "+word] = true
			}
		}
		seen[l.Msg] = true
	}
	for _, want := range []string{
		"inbound wire request GetUserAvailabilityRequest", "inbound wire answer MergedFreeBusy",
		"outbound wire request GetUserAvailabilityRequest", "outbound wire answer GetUserAvailabilityResponse", "wire no answer",
	} {
		if !seen[want] {
			t.Errorf("there is no %s; there are %v", want, seen)
		}
	}
	r.keeps(t, f)
}

// keeps fails when the log holds something of somebody.
func (r *running) keeps(t *testing.T, f *forest.Forest) {
	t.Helper()
	log := r.log.String()
	secrets := []string{"S-1-5-21-1-2-3", "li.na@", "eyJ", string(f.Organization.Password), string(f.Organization.Phrase)}
	for _, m := range f.Truth.Mailboxes {
		secrets = append(secrets, m.Address)
		for _, e := range m.Events {
			if len(e.Subject) > 5 {
				secrets = append(secrets, ">"+e.Subject+"<", `"`+e.Subject+`"`)
			}
			if len(e.Location) > 5 {
				secrets = append(secrets, ">"+e.Location+"<")
			}
		}
	}
	for _, secret := range secrets {
		if i := strings.Index(log, secret); i >= 0 {
			t.Errorf("the log tells %s: ...%s...", secret, log[max(0, i-300):min(len(log), i+100)])
		}
	}
}
