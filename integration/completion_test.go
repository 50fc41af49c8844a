package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestShellsComplete lets real shells complete command lines. PowerShell is in no
// package that can be installed everywhere; its script calls the same command.
func TestShellsComplete(t *testing.T) {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(path, filepath.Join(dir, "availproxy")); err != nil {
		t.Skip(err) // Windows wants a privilege for that
	}
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(output(t, availproxy(t, "config", "example"))), 0o600); err != nil {
		t.Fatal(err)
	}
	shells := map[string]func(t *testing.T, line string) []string{
		"bash": func(t *testing.T, line string) []string {
			shell := part(t, "bash", "bash")
			const library = "/usr/share/bash-completion/bash_completion" // which all such scripts need
			if _, err := os.Stat(library); err != nil {
				missing(t, library+" (Debian: bash-completion)")
			}
			return in(t, dir, shell, "-c", `source `+library+`
				source <(availproxy completion bash)
				COMP_LINE=$1 COMP_POINT=${#1}
				read -ra COMP_WORDS <<<"$1"
				case $1 in *" ") COMP_WORDS+=("") ;; esac
				COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_TYPE=63
				__start_availproxy
				printf '%s\n' "${COMPREPLY[@]}"`, shell, line)
		},
		"fish": func(t *testing.T, line string) []string {
			return in(t, dir, part(t, "fish", "fish"), "--no-config", "-c", `availproxy completion fish | source; complete -C "$argv[1]"`, line)
		},
	}
	lines := map[string][]string{
		"availproxy lookup --view ":                        {"Detailed", "DetailedMerged", "FreeBusy", "FreeBusyMerged", "MergedOnly"},
		"availproxy check --config config.yaml --forest ":  {"ExchangeHybridOnPremisesToOnline"},
		"availproxy purge --config config.yaml --domain c": {"contoso.partner.mail.onmschina.cn"},
		"availproxy check --output ":                       {"html", "json", "text"},
		"availproxy lookup --as 20":                        {"2007", "2010", "2013"},
		"availproxy config ":                               {"check", "example", "schema", "show"},
		"availproxy serve --log-le":                        {"--log-level"},
	}
	for name, complete := range shells {
		t.Run(name, func(t *testing.T) {
			for line, want := range lines {
				var got []string
				for _, proposal := range complete(t, line) {
					got = append(got, strings.Fields(proposal)[0]) // what it means follows
				}
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%q (-want +got):\n%s", line, diff)
				}
			}
		})
	}
	t.Run("zsh takes the script", func(t *testing.T) {
		shell := part(t, "zsh", "zsh")
		script := filepath.Join(dir, "_availproxy")
		if err := os.WriteFile(script, []byte(output(t, availproxy(t, "completion", "zsh"))), 0o600); err != nil {
			t.Fatal(err)
		}
		output(t, exec.Command(shell, "-f", "-n", script))
	})
}

// in runs a shell that finds the program and the configuration in dir, and returns
// the lines that it prints.
func in(t *testing.T, dir, shell string, arguments ...string) []string {
	t.Helper()
	c := exec.Command(shell, arguments...)
	c.Dir, c.Env = dir, append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "HOME="+dir)
	return strings.FieldsFunc(output(t, c), func(r rune) bool { return r == '\n' })
}
