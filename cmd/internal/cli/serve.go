package cli

import (
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/server"
	"availproxy/cmd/internal/telemetry"
)

func newServe(io IO) *cobra.Command {
	var path, level string
	c := &cobra.Command{
		Use: "serve", Short: "Answer old Exchange servers until told to stop", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var minimum slog.Level
			if err := minimum.UnmarshalText([]byte(level)); err != nil {
				return usage("--log-level: %w", err)
			}
			read := func() (*config.Config, error) { return config.Read(path, io.Getenv) }
			loaded, err := read()
			if err != nil {
				return configuration(err)
			}
			log := telemetry.NewLogger(io.Stderr, minimum, io.Terminal)
			running, err := telemetry.Start(c.Context(), telemetry.Options{Version: io.Version, Getenv: io.Getenv})
			if err != nil {
				return err
			}
			defer running.Stop(c.Context())

			hangup := make(chan os.Signal, 1)
			signal.Notify(hangup, syscall.SIGHUP)
			defer signal.Stop(hangup)
			s, err := server.New(loaded, server.Options{
				Version: io.Version, Log: log, Metrics: running.Metrics, Read: read, Changed: hangup, Path: path,
			})
			if err != nil {
				return configuration(err)
			}
			for _, w := range loaded.Warnings {
				log.WarnContext(c.Context(), "configuration", "warning", w.String())
			}
			return s.Run(c.Context())
		},
	}
	configFlag(c, &path)
	c.Flags().StringVar(&level, "log-level", "info", "debug, info, warn or error")
	return c
}

// configFlag is the same for every command that reads a configuration.
func configFlag(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "config", "", "configuration file")
	c.MarkFlagRequired("config") // its only error is a name that is not there
	c.MarkFlagFilename("config", "yaml", "yml")
}
