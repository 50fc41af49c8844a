package server_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"availproxy/cmd/internal/server"
	"availproxy/cmd/internal/telemetry"
	"availproxy/integration/forest"
)

// kept is the configuration of a cache that outlives its process.
const kept = "cache: {fresh: 10m, snapshot: {file: cache.snapshot, key: \"file:snapshot.key\"}}"

// prepareKept is prepare with a key for the snapshot.
func prepareKept(t *testing.T, forests []*forest.Forest, edits ...edit) *running {
	t.Helper()
	r := prepareAll(t, forests)
	r.writeKey(t, "Y2FuYXJ5LW9mLTMyLWJ5dGVzLWNhbmFyeS1vZi0zMi0=")
	r.configure(t, edits...)
	return r
}

func (r *running) writeKey(t *testing.T, key string) {
	t.Helper()
	if err := os.WriteFile(r.beside("snapshot.key"), []byte(key+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// beside is a file next to the configuration.
func (r *running) beside(name string) string { return filepath.Join(filepath.Dir(r.path), name) }

// restart stops the server, does what happens meanwhile, and serves anew.
func (r *running) restart(t *testing.T, meanwhile func()) {
	t.Helper()
	r.stop(t)
	meanwhile()
	r.log, r.done = &buffer{}, make(chan error, 1)
	r.start(t, r.options())
}

// snapshot is what the process before has left.
func (r *running) snapshot(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(r.beside("cache.snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// says fails unless the log of this start has a line with all of these.
func (r *running) says(t *testing.T, texts ...string) {
	t.Helper()
line:
	for line := range strings.Lines(r.log.String()) {
		for _, text := range texts {
			if !strings.Contains(line, text) {
				continue line
			}
		}
		return
	}
	t.Errorf("no line has %q in\n%s", texts, r.log)
}

// TestAWarmStartAnswersForAForestThatIsGone stops the process, switches the
// forest off, and asks the next process what the first one knew.
func TestAWarmStartAnswersForAForestThatIsGone(t *testing.T) {
	var recorder telemetry.Recorder
	telemeter, err := telemetry.Start(t.Context(), telemetry.Options{Version: "test", Getenv: os.Getenv, Recorder: &recorder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { telemeter.Stop(context.Background()) })
	for want, config := range map[string]string{
		"fresh": kept,
		"stale": strings.Replace(kept, "fresh: 10m", "fresh: 0s, negative: 0s", 1),
	} {
		t.Run(want, func(t *testing.T) {
			f := newForest(t, forest.Options{})
			r := prepareKept(t, []*forest.Forest{f}, with(config))
			r.start(t, r.options())
			r.says(t, "the cache starts empty: there is no snapshot")
			question := r.question("alice@fabrikam.example", "bob@fabrikam.example")
			before, err := r.caller(t).Ask(t.Context(), question)
			if err != nil {
				t.Fatal(err)
			}
			r.restart(t, func() {
				r.says(t, "the cache has been saved", `"mailboxes":2`, `"left_out":0`)
				info, err := os.Stat(r.beside("cache.snapshot"))
				if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
					t.Errorf("the snapshot is %v, %v", info, err)
				}
				if data := r.snapshot(t); bytes.Contains(data, []byte("alice")) || bytes.Contains(data, []byte("fabrikam")) {
					t.Error("the snapshot can be read")
				}
				f.Close()
				recorder.Take()
			})
			r.says(t, "the cache starts with a snapshot", `"mailboxes":2`, `"dropped_too_old":0`)
			after, err := r.caller(t).Ask(t.Context(), question)
			if err != nil {
				t.Fatal(err)
			}
			for i, m := range after.Mailboxes {
				if m.Code != "NoError" || m.Merged != before.Mailboxes[i].Merged || m.View != before.Mailboxes[i].View {
					t.Errorf("%d: got %+v, before it was %+v", i, m, before.Mailboxes[i])
				}
			}
			recorder.Await(t.Context(), "availability.query")
			for _, h := range recorder.Take() {
				if got := h.Attributes["availproxy.cache"]; h.Name == "cache.lookup" && got != want {
					t.Errorf("the answer was %s, want %s", got, want)
				}
			}
			if _, err := os.Stat(r.beside("cache.snapshot")); !os.IsNotExist(err) {
				t.Errorf("the snapshot can be used again: %v", err)
			}
		})
	}
	page := httptest.NewRecorder()
	telemeter.Metrics.ServeHTTP(page, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if !regexp.MustCompile(`availproxy_cache_snapshot_calendars_total\{.*outcome="loaded".*\} 4`).Match(page.Body.Bytes()) {
		t.Errorf("the metrics do not say that 4 calendars were loaded:\n%s", page.Body)
	}
}

// TestABadSnapshotMakesAColdStart says why in one line, and serves.
func TestABadSnapshotMakesAColdStart(t *testing.T) {
	f := newForest(t, forest.Options{})
	const cannot = "the cache starts empty: the snapshot cannot be used"
	tests := map[string]struct {
		spoil func(t *testing.T, r *running, snapshot []byte) []byte
		says  []string
		stays bool // the file, beyond the next end
	}{
		"another key": {func(t *testing.T, r *running, snapshot []byte) []byte {
			r.writeKey(t, strings.Repeat("5a", 32))
			return snapshot
		}, []string{cannot, "another key"}, false},
		"a file that is cut off": {func(_ *testing.T, _ *running, snapshot []byte) []byte { return snapshot[:len(snapshot)-1] }, []string{cannot, "damaged"}, false},
		"a bit that flipped": {func(_ *testing.T, _ *running, snapshot []byte) []byte {
			snapshot[len(snapshot)-20] ^= 1
			return snapshot
		}, []string{cannot, "damaged"}, false},
		"something behind it": {func(_ *testing.T, _ *running, snapshot []byte) []byte { return append(snapshot, 0) }, []string{cannot, "damaged"}, false},
		"a later version": {func(_ *testing.T, _ *running, snapshot []byte) []byte {
			snapshot[len("availproxy-cache")]++
			return snapshot
		}, []string{cannot, "another version"}, false},
		"an empty file":           {func(*testing.T, *running, []byte) []byte { return nil }, []string{cannot, "not a snapshot"}, false},
		"a file of somebody else": {func(*testing.T, *running, []byte) []byte { return []byte("precious") }, []string{cannot, "not a snapshot"}, true},
		"no file":                 {func(t *testing.T, r *running, _ []byte) []byte { os.Remove(r.beside("cache.snapshot")); return nil }, []string{"there is no snapshot"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := prepareKept(t, []*forest.Forest{f}, with(kept))
			r.start(t, r.options())
			r.ask(t, r.caller(t))
			var spoiled []byte
			r.restart(t, func() {
				snapshot := r.snapshot(t)
				if spoiled = tt.spoil(t, r, snapshot); name != "no file" {
					if err := os.WriteFile(r.beside("cache.snapshot"), spoiled, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			})
			r.says(t, tt.says...)
			asked := f.EWS.Journal.Asked("alice@fabrikam.example")
			if code, text := r.ask(t, r.caller(t)); code != "NoError" {
				t.Errorf("got %s %s", code, text)
			}
			if f.EWS.Journal.Asked("alice@fabrikam.example") == asked {
				t.Error("the forest was not asked: something of the snapshot was believed")
			}
			r.restart(t, func() {
				if stays := bytes.Equal(r.snapshot(t), spoiled); stays != tt.stays {
					t.Errorf("that the file stayed is %t, want %t", stays, tt.stays)
				}
			})
			if !tt.stays {
				r.says(t, "the cache starts with a snapshot", `"mailboxes":1`)
			}
		})
	}
}

// TestAChangedConnectorLosesItsPartOfTheSnapshot changes one of two forests
// while no process runs.
func TestAChangedConnectorLosesItsPartOfTheSnapshot(t *testing.T) {
	fabrikam := newForest(t, forest.Options{})
	adatum := newForest(t, forest.Options{Calendars: forest.Calendars{Domain: "adatum.example"}, SharesACSWith: fabrikam})
	insert := func(key string) edit {
		return replace(t, "  - name: fabrikam.example\n", "  - name: fabrikam.example\n    "+key+"\n")
	}
	somebody := adatum.Truth.Addresses()[0]
	asked := func() [2]int {
		return [2]int{fabrikam.EWS.Journal.Asked("alice@fabrikam.example"), adatum.EWS.Journal.Asked(somebody)}
	}
	tests := map[string]struct {
		change edit
		asked  [2]int // of fabrikam and adatum
		says   string
	}{
		"nothing has changed":       {with(""), [2]int{0, 0}, `"dropped_connector_changed":0`},
		"how much it passes on":     {insert("mail_tips_access: All"), [2]int{0, 0}, `"dropped_connector_changed":0`},
		"how much it asks for":      {replace(t, "access_level: LimitedDetails", "access_level: AvailabilityOnly"), [2]int{1, 1}, `"dropped_connector_changed":2`},
		"on whose behalf it asks":   {insert("act_as: free.busy@contoso.example"), [2]int{1, 0}, `"dropped_connector_changed":1`},
		"its name":                  {replace(t, "  - name: fabrikam.example\n", "  - name: Fabrikam\n"), [2]int{1, 0}, `"dropped_connector_changed":1`},
		"answers are not kept long": {replace(t, "fresh: 10m", "fresh: 1ns, stale: 1ns"), [2]int{1, 1}, `"dropped_too_old":2`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := prepareKept(t, []*forest.Forest{fabrikam, adatum}, with(kept))
			r.start(t, r.options())
			answered := func() {
				reply, err := r.caller(t).Ask(t.Context(), r.question("alice@fabrikam.example", somebody))
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range reply.Mailboxes {
					if m.Code != "NoError" {
						t.Errorf("got %+v", m)
					}
				}
			}
			answered()
			r.restart(t, func() { r.configure(t, tt.change) })
			r.says(t, "the cache starts with a snapshot", tt.says)
			before := asked()
			answered()
			after := asked()
			if got := [2]int{after[0] - before[0], after[1] - before[1]}; got != tt.asked {
				t.Errorf("the forests were asked %v times, want %v", got, tt.asked)
			}
		})
	}
}

// TestTheSnapshotGoesWhereTheConfigurationInForceSays changes it by a reload.
func TestTheSnapshotGoesWhereTheConfigurationInForceSays(t *testing.T) {
	f := newForest(t, forest.Options{})
	r := prepareKept(t, []*forest.Forest{f}, with(kept))
	r.start(t, r.options())
	r.ask(t, r.caller(t))
	r.writeKey(t, strings.Repeat("5a", 32))
	r.reload(t, replace(t, "file: cache.snapshot", "file: elsewhere.snapshot"))
	r.says(t, "configuration reloaded", `"needs_restart":null`)
	r.restart(t, func() {
		if _, err := os.Stat(r.beside("cache.snapshot")); !os.IsNotExist(err) {
			t.Errorf("there is a file at the old place: %v", err)
		}
	})
	r.says(t, "the cache starts with a snapshot", "elsewhere.snapshot", `"mailboxes":1`)
}

// TestAStartThatFailsLeavesTheSnapshot to the process that has the port.
func TestAStartThatFailsLeavesTheSnapshot(t *testing.T) {
	r := prepareKept(t, []*forest.Forest{newForest(t, forest.Options{})}, with(kept))
	r.start(t, r.options())
	r.ask(t, r.caller(t))
	r.stop(t)
	before := r.snapshot(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	r.configure(t, replace(t, "\nlisten: \"127.0.0.1:0\"", "\nlisten: "+taken.Addr().String()))
	c, err := r.read()
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(c, r.options())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "listen for exchange") {
		t.Errorf("Run returned %v", err)
	}
	if !bytes.Equal(r.snapshot(t), before) {
		t.Error("the snapshot is another one")
	}
}

// TestASnapshotThatCannotBeWrittenIsReported costs nothing but the warm start.
func TestASnapshotThatCannotBeWrittenIsReported(t *testing.T) {
	r := prepareKept(t, []*forest.Forest{newForest(t, forest.Options{})}, with(kept))
	r.start(t, r.options())
	r.ask(t, r.caller(t))
	if err := os.MkdirAll(r.beside("cache.snapshot.new/in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	r.stop(t)
	r.says(t, `"level":"ERROR"`, "the cache could not be saved", "cache.snapshot.new")
	if _, err := os.Stat(r.beside("cache.snapshot")); !os.IsNotExist(err) {
		t.Errorf("there is a snapshot: %v", err)
	}
}

// TestWhatACrashLeftIsClearedAway, be it half a snapshot.
func TestWhatACrashLeftIsClearedAway(t *testing.T) {
	r := prepareKept(t, []*forest.Forest{newForest(t, forest.Options{})}, with(kept))
	if err := os.WriteFile(r.beside("cache.snapshot.new"), []byte("availproxy-cache"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start(t, r.options())
	r.restart(t, func() {
		if _, err := os.Stat(r.beside("cache.snapshot.new")); !os.IsNotExist(err) {
			t.Errorf("what a crash left is still there: %v", err)
		}
	})
	r.says(t, "the cache starts with a snapshot", `"mailboxes":0`)
}

// TestALookupLeavesTheSnapshotAlone: it takes the path of the questions in a
// process of its own, beside the one that serves.
func TestALookupLeavesTheSnapshotAlone(t *testing.T) {
	r := prepareKept(t, []*forest.Forest{newForest(t, forest.Options{})}, with(kept))
	r.start(t, r.options())
	r.ask(t, r.caller(t))
	r.stop(t)
	before := r.snapshot(t)
	c, err := r.read()
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(c, r.options())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.While(t.Context(), func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(r.snapshot(t), before) {
		t.Error("the snapshot is another one")
	}
}

// TestASnapshotIsKeptInTheStateDirectory names no file.
func TestASnapshotIsKeptInTheStateDirectory(t *testing.T) {
	state := t.TempDir()
	r := prepareKept(t, []*forest.Forest{newForest(t, forest.Options{})},
		with("state_directory: "+state+"\ncache: {fresh: 10m, snapshot: {key: \"file:snapshot.key\"}}"))
	r.start(t, r.options())
	if code, _ := r.ask(t, r.caller(t)); code != "NoError" {
		t.Fatal(code)
	}
	file := filepath.Join(state, "cache.snapshot")
	r.restart(t, func() {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	})
	r.says(t, "the cache starts with a snapshot", `"mailboxes":1`, file)
}
