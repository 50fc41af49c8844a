package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/check/conflicts"
	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/server"
	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
)

func newCheck(io IO) *cobra.Command {
	var path, output string
	var about server.Subject
	var commands bool
	c := &cobra.Command{
		Use: "check", Short: "Look at everything that a question needs, and say what mends it", Args: cobra.NoArgs,
		Long: "check looks at the configuration, the auth certificate, each host with its clock, a token and, with --mailbox,\n" +
			"discovery and one look-up. It exits with 4 when a finding is a failure. The first one is the one to mend first.\n\n" +
			"--exports names files, or folders of them, that hold the output of Get-* cmdlets, of Export-Clixml or ConvertTo-Json, from the\n" +
			"servers that ask and from the other side; check finds what contradicts the configuration. --export-commands prints\n" +
			"what to run on each side.",
		RunE: func(c *cobra.Command, _ []string) error {
			if commands {
				_, err := fmt.Fprint(io.Stdout, conflicts.Commands())
				return err
			}
			if err := checkable(about, output); err != nil {
				return err
			}
			report, err := inspect(c.Context(), io, path, about)
			if err != nil {
				return err
			}
			return told(io, report, output)
		},
	}
	f := c.Flags()
	f.StringVar(&path, "config", "", "configuration file")
	c.MarkFlagFilename("config", "yaml", "yml") // its only error is a name that is not there
	f.StringVar(&about.Connector, "forest", "", "look at this connector only")
	f.StringVar(&about.Mailbox, "mailbox", "", "SMTP address to look up")
	f.StringArrayVar(&about.Exports, "exports", nil, "file or folder with the output of Get-* cmdlets, as Export-Clixml or ConvertTo-Json wrote it")
	f.BoolVar(&commands, "export-commands", false, "print the commands that export what --exports reads, and stop")
	f.StringVarP(&output, "output", "o", "text", "text, json or html")
	c.MarkFlagsOneRequired("config", "export-commands")
	return c
}

// checkable refuses what cannot be looked at, or not be told in that form.
func checkable(about server.Subject, output string) error {
	if output != "text" && output != "json" && output != "html" {
		return usage("--output: want text, json or html")
	}
	if about.Mailbox != "" && freebusy.SMTP(about.Mailbox).Domain() == "" {
		return usage("--mailbox: want an SMTP address")
	}
	for _, path := range about.Exports {
		if _, err := os.Stat(path); err != nil {
			return usage("--exports: %w", err)
		}
	}
	return nil
}

// told writes a report in that form. A failure among its findings is the error.
func told(io IO, report check.Report, output string) (err error) {
	switch output {
	case "json":
		err = report.JSON(io.Stdout)
	case "html":
		err = report.HTML(io.Stdout)
	default:
		err = report.Text(io.Stdout, paint(io.Terminal))
	}
	if err == nil && report.Worst == check.Fail {
		err = &exitError{code: exitFinding}
	}
	return err
}

// inspect looks at what the configuration says, or, when it cannot be read, at
// what is wrong with it.
func inspect(ctx context.Context, io IO, path string, about server.Subject) (check.Report, error) {
	loaded, err := config.Read(path, io.Getenv)
	if err != nil {
		return check.NewReport(server.Misconfigured(path, err)), nil
	}
	s, err := server.New(loaded, server.Options{Version: io.Version, Log: telemetry.NewLogger(io.Stderr, slog.LevelError, true, nil), Path: path})
	if err != nil {
		return check.NewReport(server.Misconfigured(path, err)), nil
	}
	if about.Connector != "" && !s.Knows(about.Connector) {
		return check.Report{}, usage("--forest: there is no enabled connector %q", about.Connector)
	}
	var findings []check.Finding
	err = s.While(ctx, func(ctx context.Context) error {
		findings = s.Check(ctx, about)
		return nil
	})
	report := check.NewReport(findings)
	report.About = fmt.Sprintf("availproxy %s, %s, %s", io.Version, path, time.Now().UTC().Format("2006-01-02 15:04 UTC"))
	return report, err
}

// paint colours severities on a terminal.
func paint(terminal bool) func(check.Severity, string) string {
	if !terminal {
		return nil
	}
	colours := map[check.Severity]string{check.OK: "32", check.Warn: "33", check.Fail: "31"}
	return func(s check.Severity, word string) string { return "\x1b[" + colours[s] + "m" + word + "\x1b[0m" }
}
