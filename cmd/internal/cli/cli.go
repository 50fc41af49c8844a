package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// IO is what a command sees of the world.
type IO struct {
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Terminal       bool // Stdout is one, and may be coloured
	Version        string
}

// The exit codes, which scripts rely on.
const (
	exitOther         = 1
	exitUsage         = 2
	exitConfiguration = 3
	exitFinding       = 4
)

// exitError is an error with the exit code that it leads to.
type exitError struct {
	code int
	err  error // nil: everything has been said already
}

// Error implements error.
func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

func configuration(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitConfiguration, err}
}

// Run runs the command line args and returns the exit code of the process. It
// may block until ctx ends.
func Run(ctx context.Context, args []string, io IO) int {
	root := newRoot(io)
	root.SetArgs(args)
	var begun bool
	onceBegun(root, &begun)
	c, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	exit, ok := errors.AsType[*exitError](err)
	switch {
	case !ok && !begun: // nothing but the command line itself can be wrong
		exit = &exitError{exitUsage, fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	case !ok:
		exit = &exitError{exitOther, err}
	}
	if exit.err != nil {
		fmt.Fprintln(io.Stderr, "availproxy:", exit.err)
	}
	return exit.code
}

// onceBegun notes that a command has begun its own work.
func onceBegun(c *cobra.Command, begun *bool) {
	if run := c.RunE; run != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			*begun = true
			return run(c, args)
		}
	}
	for _, sub := range c.Commands() {
		onceBegun(sub, begun)
	}
}

func newRoot(io IO) *cobra.Command {
	root := &cobra.Command{
		Use:           "availproxy",
		Short:         "Free/busy proxy for old Exchange servers",
		Long:          "availproxy answers the free/busy questions of Exchange 2007, 2010 and 2013 servers about mailboxes in other forests.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          help,
	}
	root.SetOut(io.Stdout)
	root.SetErr(io.Stderr)
	root.AddCommand(
		newDemo(io), newServe(io), newStaging(io), newLookup(io), newCheck(io), newToken(io),
		newCertificate(io), newExchange(io), newConfig(io), newHealth(io), newPurge(io), newExplain(io), newTestOAuth(io), newService(io), newMan(io), newVersion(io),
	)
	for _, later := range []string{"load"} {
		root.AddCommand(notAvailable(later))
	}
	completeFlags(root)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Run, c.RunE = nil, helpAbout
		case "completion":
			c.Args, c.RunE = cobra.NoArgs, help
		}
	}
	return root
}

// help is what a command does that only holds others.
func help(c *cobra.Command, _ []string) error { return c.Help() }

// helpAbout is cobra's own help, but for what it says of commands that are none.
func helpAbout(c *cobra.Command, args []string) error {
	about, rest, err := c.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return usage("help: there is no command %q", strings.Join(args, " "))
	}
	return about.Help()
}

// notAvailable stands for a command that is documented but not built yet.
func notAvailable(name string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: "(not available in this version)", DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error { return usage("%s: not available in this version", name) },
	}
}
