package cli

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/server"
)

func newConfig(io IO) *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check, show and explain configuration files", Args: cobra.NoArgs,
		RunE: help}
	c.AddCommand(newConfigCheck(io), newConfigShow(io))
	c.AddCommand(&cobra.Command{
		Use: "example", Short: "Print a complete file with every key explained", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.Stdout.Write(config.Example())
			return err
		},
	})
	c.AddCommand(&cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of the file, for editors", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			schema, err := config.Schema()
			if err != nil {
				return err
			}
			_, err = io.Stdout.Write(schema)
			return err
		},
	})
	return c
}

func newConfigCheck(io IO) *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "check", Short: "Say everything that is wrong with a file", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			loaded, err := config.Read(path, io.Getenv)
			if err != nil {
				return configuration(err)
			}
			// A damaged key or a wrong password shows only when it is used.
			if _, err := server.New(loaded, server.Options{Log: slog.New(slog.DiscardHandler), Path: path}); err != nil {
				return configuration(err)
			}
			for _, w := range loaded.Warnings {
				fmt.Fprintln(io.Stderr, "warning:", w)
			}
			fmt.Fprintln(io.Stdout, "the configuration is valid")
			return nil
		},
	}
	configFlag(c, &path)
	return c
}

func newConfigShow(io IO) *cobra.Command {
	var path string
	var origin bool
	c := &cobra.Command{
		Use: "show", Short: "Print the configuration in effect, secrets masked", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			loaded, err := config.Read(path, io.Getenv)
			if err != nil {
				return configuration(err)
			}
			shown, err := loaded.Show(origin)
			if err != nil {
				return err
			}
			_, err = io.Stdout.Write(shown)
			return err
		},
	}
	configFlag(c, &path)
	c.Flags().BoolVar(&origin, "origin", false, "say where each value comes from")
	return c
}
