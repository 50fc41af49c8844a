package forest

import (
	"io"
	"log"
	"os"
	"os/exec"
	"testing"
	"time"
	_ "time/tzdata" // an independent source of time zones

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// week is the Monday that the captured requests ask about.
var week = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// needs skips the test where that program is missing, or fails it where all must
// be there.
func needs(t *testing.T, program string) {
	t.Helper()
	_, err := exec.LookPath(program)
	switch {
	case err == nil:
	case os.Getenv("AVAILPROXY_REQUIRE_ALL") == "1":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
