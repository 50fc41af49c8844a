package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

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
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	exit, ok := errors.AsType[*exitError](err)
	if !ok {
		exit = &exitError{exitOther, err}
	}
	if exit.err != nil {
		fmt.Fprintln(io.Stderr, "availproxy:", exit.err)
	}
	return exit.code
}

func newRoot(io IO) *cobra.Command {
	root := &cobra.Command{
		Use:           "availproxy",
		Short:         "Free/busy proxy for old Exchange servers",
		Long:          "availproxy answers the free/busy questions of Exchange 2007, 2010 and 2013 servers about mailboxes in other forests.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetOut(io.Stdout)
	root.SetErr(io.Stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%w; see %s --help", err, c.CommandPath())
	})
	root.AddCommand(
		newDemo(io), newServe(io), newStaging(io), newLookup(io), newCheck(io), newToken(io),
		newCertificate(io), newExchange(io), newConfig(io), newHealth(io), newVersion(io),
	)
	for _, later := range []string{"test-oauth", "explain", "load", "service"} {
		root.AddCommand(notAvailable(later))
	}
	strictArguments(root)
	return root
}

// notAvailable stands for a command that is documented but not built yet.
func notAvailable(name string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: "(not available in this version)", DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error { return usage("%s: not available in this version", name) },
	}
}

// strictArguments turns what cobra says of wrong arguments into usage errors.
func strictArguments(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usage("%w; see %s --help", err, c.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		strictArguments(sub)
	}
}
