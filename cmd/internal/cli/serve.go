package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"availproxy/cmd/internal/capture"
	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/server"
	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
)

// serving is the command line of serve.
type serving struct {
	config, level string
	capture       string
	captureCount  int
	generalPath   bool
}

func newServe(io IO) *cobra.Command {
	var o serving
	c := &cobra.Command{
		Use: "serve", Short: "Answer old Exchange servers until told to stop", Args: cobra.NoArgs,
		Long: "serve listens as the configuration says, and reads it again when it changes or at SIGHUP.\n\n" +
			"With --capture it saves the next requests of Exchange to a new file, for its owner alone, in which\n" +
			"credentials, tokens, cookies, SIDs and addresses are replaced. Look at it before you give it away.",
		RunE: func(c *cobra.Command, _ []string) error {
			return o.run(c.Context(), io, c.Flags().Changed("capture-count"))
		},
	}
	configFlag(c, &o.config)
	f := c.Flags()
	f.StringVar(&o.level, "log-level", "info", "debug, info, warn or error; debug names mailboxes")
	f.StringVar(&o.capture, "capture", "", "file to save the next requests to, redacted; it must not be there yet")
	f.IntVar(&o.captureCount, "capture-count", 10, "how many requests to save")
	f.BoolVar(&o.generalPath, "general-path", false, "read and write every question by way of a tree, to compare with")
	f.MarkHidden("general-path") // its only error is a name that is not there
	return c
}

// check finds what is wrong with the flags before anything is started.
func (o *serving) check(countGiven bool) (minimum slog.Level, err error) {
	switch err := minimum.UnmarshalText([]byte(o.level)); {
	case err != nil:
		return minimum, usage("--log-level: want debug, info, warn or error")
	case o.captureCount < 1:
		return minimum, usage("--capture-count: want 1 or more")
	case countGiven && o.capture == "":
		return minimum, usage("--capture-count needs --capture, the file to write")
	}
	return minimum, nil
}

// run serves until ctx ends.
func (o *serving) run(ctx context.Context, io IO, countGiven bool) error {
	minimum, err := o.check(countGiven)
	if err != nil {
		return err
	}
	read := func() (*config.Config, error) { return config.Read(o.config, io.Getenv) }
	loaded, err := read()
	if err != nil {
		return configuration(err)
	}
	pseudonyms := freebusy.NewPseudonyms(cmp.Or(loaded.Telemetry.HashKey.Reveal(), rand.Text()))
	discretion := func(text string) string { return pseudonyms.Mask(text, nil) }
	log := telemetry.NewLogger(io.Stderr, minimum, io.Terminal, discretion)
	running, err := telemetry.Start(ctx, telemetry.Options{Version: io.Version, Getenv: io.Getenv, Discretion: discretion})
	if err != nil {
		return err
	}
	defer stopTelemetry(ctx, running)

	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	options := server.Options{
		Version: io.Version, Log: log, Metrics: running.Metrics, Pseudonyms: pseudonyms,
		Read: read, Changed: hangup, Path: o.config, GeneralPath: o.generalPath,
	}
	if o.capture != "" {
		if options.Capture, err = capture.New(o.capture, o.captureCount, log); err != nil {
			return err
		}
		defer options.Capture.Close()
	}
	s, err := server.New(loaded, options)
	if err != nil {
		return configuration(err)
	}
	for _, w := range loaded.Warnings {
		log.WarnContext(ctx, "configuration", "warning", w.String())
	}
	return s.Run(ctx)
}

// stopTelemetry sends what is waiting to be sent, also after ctx has ended, but
// waits only for so long for a collector that does not answer.
func stopTelemetry(ctx context.Context, running *telemetry.Telemetry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = running.Stop(ctx) // nobody is left to be told
}

// configFlag is the same for every command that reads a configuration.
func configFlag(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "config", "", "configuration file")
	c.MarkFlagRequired("config") // its only error is a name that is not there
	c.MarkFlagFilename("config", "yaml", "yml")
}
