package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"availproxy/cmd/internal/config"
)

// newMan writes the manual pages from what the commands and the example of the
// configuration say themselves, so that they cannot say anything else.
func newMan(io IO) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "man", Short: "Write the manual pages availproxy(1) and availproxy.yaml(5)", Args: cobra.NoArgs,
		Long: "man writes the files availproxy.1 and availproxy.yaml.5, which man shows once they are installed:\n\n" +
			"    availproxy man --out /tmp\n" +
			"    install -D -m 644 -t /usr/local/share/man/man1 /tmp/availproxy.1\n" +
			"    install -D -m 644 -t /usr/local/share/man/man5 /tmp/availproxy.yaml.5",
		RunE: func(c *cobra.Command, _ []string) error {
			pages := map[string]string{
				"availproxy.1":      commandsPage(c.Root(), io.Version),
				"availproxy.yaml.5": configurationPage(io.Version),
			}
			for name, page := range pages {
				if err := os.WriteFile(filepath.Join(out, name), []byte(page), 0o644); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "directory to write into")
	c.MarkFlagRequired("out") // its only error is a name that is not there
	c.MarkFlagDirname("out")
	return c
}

// commandsPage is availproxy(1).
func commandsPage(root *cobra.Command, version string) string {
	var r roff
	r.title("availproxy", 1, version)
	r.section("NAME")
	r.lines("availproxy - free/busy proxy for old Exchange servers")
	r.section("SYNOPSIS")
	r.WriteString(".B availproxy\n.I command\n.RI [ flags ]\n")
	r.section("DESCRIPTION")
	r.prose(root.Long)
	r.section("COMMANDS")
	describeCommands(&r, root)
	r.section("EXIT STATUS")
	for code, meaning := range exitMeanings {
		r.entry(fmt.Sprint(code), meaning)
	}
	r.section("ENVIRONMENT")
	for _, v := range environment {
		r.entry(v.name, v.meaning)
	}
	r.section("SIGNALS")
	r.entry("SIGTERM, SIGINT", "serve goes on for --lame-duck, finishes what has begun, and ends. A second one ends it at once.")
	r.entry("SIGHUP", "serve reads its configuration again.")
	r.section("SEE ALSO")
	r.WriteString(".BR availproxy.yaml (5),\n.BR systemd.service (5),\n.BR systemctl (1)\n")
	return r.String()
}

// exitMeanings are by the code.
var exitMeanings = []string{
	0:                 "All is well.",
	exitOther:         "Another failure.",
	exitUsage:         "The command line is wrong, or asks for what this version does not have.",
	exitConfiguration: "The configuration is wrong.",
	exitFinding:       "A check found something.",
}

// environment is what is read from it.
var environment = []struct{ name, meaning string }{
	{"OTEL_*", "The variables of the OpenTelemetry specification say where traces and metrics go. Without them nothing is sent."},
	{"GOMEMLIMIT", "The memory that the process may use before it cleans up harder; twice cache.size and 256 MiB."},
	{"NO_COLOR", "Set to anything, nothing is coloured."},
	{"CREDENTIALS_DIRECTORY", "Where systemd puts the secrets that the configuration calls credential:NAME."},
	{"NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS", "Set by systemd, see sd_notify(3) and sd_listen_fds(3)."},
}

// describeCommands has a subsection for every command below c that does something.
func describeCommands(r *roff, c *cobra.Command) {
	for _, sub := range c.Commands() {
		if sub.Hidden || sub.Name() == "help" || sub.DisableFlagParsing { // the last is not built yet
			continue
		}
		if sub.HasAvailableSubCommands() {
			describeCommands(r, sub)
			continue
		}
		r.subsection(sub.UseLine())
		r.prose(strings.TrimSuffix(sub.Short, ".") + ".")
		if sub.Long != "" {
			r.prose(sub.Long)
		}
		sub.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && f.Name != "help" {
				r.entry(flagTerm(f), flagMeaning(f))
			}
		})
	}
}

// flagTerm is a flag as it is written, with the kind of its value.
func flagTerm(f *pflag.Flag) string {
	term := "--" + f.Name
	if f.Shorthand != "" {
		term = "-" + f.Shorthand + ", " + term
	}
	if kind, _ := pflag.UnquoteUsage(f); kind != "" {
		term += " " + kind
	}
	return term
}

func flagMeaning(f *pflag.Flag) string {
	_, meaning := pflag.UnquoteUsage(f)
	if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
		meaning += " (default " + f.DefValue + ")"
	}
	return meaning
}

// configurationPage is availproxy.yaml(5).
func configurationPage(version string) string {
	var r roff
	r.title("availproxy.yaml", 5, version)
	r.section("NAME")
	r.lines("availproxy.yaml - configuration of availproxy")
	r.section("DESCRIPTION")
	r.prose("One YAML file, which serve and most other commands take as --config. Unknown keys are errors; " +
		"availproxy config check says everything that is wrong at once.\n\n" +
		"The process reads the file again at SIGHUP, at POST /-/reload, and when it or a file that it names has changed. " +
		"A file with mistakes is reported, and what is in force stays.\n\n" +
		"Secrets are written as where they are found: file:PATH, env:NAME or credential:NAME. " +
		"Relative paths start at the directory of the file. Lengths of time: 90s, 15m, 7d. Sizes: 64KiB, 256MiB.")
	r.section("KEYS")
	for _, k := range config.Keys() {
		meaning := k.Description
		if k.Note != "" {
			meaning += " (" + k.Note + ")"
		}
		r.entry(k.Name, meaning)
	}
	r.section("EXAMPLE")
	r.example(string(config.Example()))
	r.section("SEE ALSO")
	r.WriteString(".BR availproxy (1)\n")
	return r.String()
}
