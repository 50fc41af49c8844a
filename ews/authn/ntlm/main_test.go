package ntlm

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain makes of the test a helper when it is started as one.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == helperArgument {
		playHelper(os.Args[2])
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
