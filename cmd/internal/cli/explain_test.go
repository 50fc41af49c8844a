package cli

import (
	"io"
	"strings"
	"testing"

	"availproxy/cmd/internal/explain"
)

// TestCommandsOfTheCatalogueExist reads every command of ours that the catalogue
// tells people to run, as the command line would.
func TestCommandsOfTheCatalogueExist(t *testing.T) {
	catalogue, err := explain.Load()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, e := range catalogue.All() {
		for _, command := range e.Commands {
			args, ours := strings.CutPrefix(command.Run, "availproxy ")
			if !ours {
				continue
			}
			tried++
			root := newRoot(IO{Stdout: io.Discard, Stderr: io.Discard})
			c, rest, err := root.Find(strings.Fields(args))
			if err != nil || c == root {
				t.Errorf("%s: %s: there is no such command: %v", e.ID, command.Run, err)
				continue
			}
			if err := c.ParseFlags(rest); err != nil {
				t.Errorf("%s: %s: %v", e.ID, command.Run, err)
			} else if err := c.ValidateArgs(c.Flags().Args()); err != nil {
				t.Errorf("%s: %s: %v", e.ID, command.Run, err)
			}
		}
	}
	if tried < 20 {
		t.Errorf("only %d commands of ours were tried", tried)
	}
}
