package integration

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheManualPagesCanBeRead has mandoc check and show what `availproxy man`
// writes.
func TestTheManualPagesCanBeRead(t *testing.T) {
	mandoc := part(t, "mandoc", "mandoc")
	dir := t.TempDir()
	output(t, availproxy(t, "man", "--out", dir))
	for _, page := range []string{"availproxy.1", "availproxy.yaml.5"} {
		said, _ := exec.Command(mandoc, "-T", "lint", "-W", "warning", filepath.Join(dir, page)).CombinedOutput() // its exit code is for the worst
		for line := range strings.Lines(string(said)) {
			if !strings.Contains(line, "missing date") { // which would not be the same twice
				t.Error(line)
			}
		}
	}
	shown := func(page string) string {
		text := output(t, exec.Command(mandoc, "-T", "ascii", "-O", "width=200", filepath.Join(dir, page)))
		return overstruck.ReplaceAllString(text, "")
	}
	inOrder(t, shown("availproxy.yaml.5"), output(t, availproxy(t, "config", "example")))

	// Every command of the help is in the page, and every flag of one.
	commands := shown("availproxy.1")
	_, list, _ := strings.Cut(output(t, availproxy(t, "help")), "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	for line := range strings.Lines(list) {
		name := strings.Fields(line)[0]
		if name != "help" && !strings.Contains(line, "not available") && !strings.Contains(commands, "availproxy "+name) {
			t.Errorf("there is no word about %s", name)
		}
	}
	for _, flag := range []string{"--lame-duck duration", "--capture-count int", "(default 5s)"} {
		if !strings.Contains(commands, flag) {
			t.Errorf("there is no word about %s", flag)
		}
	}
}

// overstruck is how bold letters come: twice, the one over the other.
var overstruck = regexp.MustCompile(`.\x08`)

// inOrder wants every line of text in shown, in the same order and whole.
func inOrder(t *testing.T, shown, text string) {
	t.Helper()
	lines := strings.Split(shown, "\n")
	at := 0
	for line := range strings.Lines(text) {
		wanted := strings.TrimSpace(line)
		for wanted != "" && at < len(lines) && strings.TrimSpace(lines[at]) != wanted {
			at++
		}
		if at == len(lines) {
			t.Errorf("the page does not show %q", wanted)
			return
		}
	}
}

// availproxy is the command line of the program.
func availproxy(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(path, arguments...)
}

func output(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	var said strings.Builder
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%q: %v\n%s", c.Args, err, said.String())
	}
	return string(out)
}
