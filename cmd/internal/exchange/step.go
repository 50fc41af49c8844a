package exchange

import (
	"fmt"
	"io"
	"strings"
)

// Step is one thing to do in a shell of one side.
type Step struct {
	Title    string
	Where    string // which shell, on which servers
	Why      string
	Commands []string // which do no harm when they are run again
	Check    []string // shows whether Commands have done what they should
	Shows    string   // what Check shows then
	Rollback []string // undoes Commands, in its own order
}

// Write prints the steps as one script for reading and pasting: the steps
// first, then, last step first, what undoes them. The rollback is commented
// out, so that pasting the whole script does no harm.
func Write(w io.Writer, steps []Step) error {
	var b strings.Builder
	for i, s := range steps {
		heading(&b, fmt.Sprintf("Step %d: %s", i+1, s.Title), "Where: "+s.Where, s.Why)
		for _, c := range s.Commands {
			fmt.Fprintln(&b, c)
		}
		heading(&b, "Check that this shows: "+s.Shows)
		for _, c := range s.Check {
			fmt.Fprintln(&b, c)
		}
		fmt.Fprintln(&b)
	}
	heading(&b, "Rollback, should you need it: remove the leading # and run")
	for i := len(steps) - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "# undoes step %d: %s\n", i+1, steps[i].Title)
		for _, c := range steps[i].Rollback {
			fmt.Fprintf(&b, "#   %s\n", strings.ReplaceAll(c, "\n", "\n#   "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func heading(b *strings.Builder, lines ...string) {
	for _, line := range lines {
		for _, wrapped := range strings.FieldsFunc(line, func(r rune) bool { return r == '\n' || r == '\r' }) {
			fmt.Fprintf(b, "# %s\n", wrapped)
		}
	}
}

// quote writes a PowerShell string that stands for exactly s. PowerShell takes
// the typographic single quotes for plain ones.
func quote(s string) string {
	quoted := strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(s)
	return "'" + quoted + "'"
}
