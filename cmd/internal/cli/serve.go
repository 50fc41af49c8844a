package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"availproxy/cmd/internal/capture"
	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/history"
	"availproxy/cmd/internal/osservice"
	"availproxy/cmd/internal/server"
	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
)

// serving is the command line of serve.
type serving struct {
	config, level string
	format        string
	logFile       string
	capture       string
	captureCount  int
	lameDuck      time.Duration
	generalPath   bool
}

func newServe(io IO) *cobra.Command {
	var o serving
	c := &cobra.Command{
		Use: "serve", Short: "Answer old Exchange servers until told to stop", Args: cobra.NoArgs,
		Long: "serve listens as the configuration says, and reads it again when it changes or at SIGHUP.\n\n" +
			"The log has one line for each question. A level other than that of the start is put in force with\n\n" +
			"    curl -d level=wire -d for=10m http://127.0.0.1:9910/-/log-level\n\n" +
			"at the admin listener. More than at the start ends by itself, after 15 minutes if for is left out; for=0\n" +
			"keeps it until the process ends. debug names mailboxes. wire does not: it holds the requests and answers of\n" +
			"every hop, with addresses, subjects, locations, tokens, passwords and SIDs replaced.\n\n" +
			"At SIGTERM it goes on for --lame-duck, while /-/ready answers 503 and every answer closes its connection.\n" +
			"Then it finishes what has begun and ends. A second signal ends it at once.\n\n" +
			"With --capture it saves the next requests of Exchange to a new file, for its owner alone, in which\n" +
			"credentials, tokens, cookies, SIDs and addresses are replaced. Look at it before you give it away.",
		RunE: func(c *cobra.Command, _ []string) error {
			countGiven := c.Flags().Changed("capture-count")
			return osservice.Run(c.Context(), func(ctx context.Context, host osservice.Host) error {
				return o.run(ctx, io, host, countGiven)
			})
		},
	}
	configFlag(c, &o.config)
	f := c.Flags()
	f.StringVar(&o.level, "log-level", "info", "wire, debug, info, warn or error; debug names mailboxes")
	f.StringVar(&o.format, "log-format", "auto", "json, text, or auto: text on a terminal")
	f.StringVar(&o.logFile, "log-file", "", "file to append the log to instead of stderr")
	f.StringVar(&o.capture, "capture", "", "file to save the next requests to, redacted; it must not be there yet")
	f.DurationVar(&o.lameDuck, "lame-duck", 5*time.Second, "how long to go on answering after the word to end, while /-/ready says no")
	f.IntVar(&o.captureCount, "capture-count", 10, "how many requests to save")
	f.BoolVar(&o.generalPath, "general-path", false, "read and write every question by way of a tree, to compare with")
	f.MarkHidden("general-path") // its only error is a name that is not there
	return c
}

// check finds what is wrong with the flags before anything is started.
func (o *serving) check(countGiven bool) (minimum slog.Level, err error) {
	minimum, err = telemetry.ParseLevel(o.level)
	switch {
	case err != nil:
		return minimum, usage("--log-level: %w", err)
	case !slices.Contains([]string{"auto", "json", "text"}, o.format):
		return minimum, usage("--log-format: want auto, json or text")
	case o.captureCount < 1:
		return minimum, usage("--capture-count: want 1 or more")
	case o.lameDuck < 0:
		return minimum, usage("--lame-duck: want 0 or more")
	case countGiven && o.capture == "":
		return minimum, usage("--capture-count needs --capture, the file to write")
	}
	return minimum, nil
}

// run serves until ctx ends.
func (o *serving) run(ctx context.Context, io IO, host osservice.Host, countGiven bool) error {
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
	verbosity := telemetry.NewVerbosity(minimum)
	out, err := o.output(io, host)
	if err != nil {
		return err
	}
	defer out.Close()
	log := telemetry.NewLog(out, verbosity, o.format == "text" || o.format == "auto" && io.Terminal && o.logFile == "", discretion)
	defer log.Flush(context.WithoutCancel(ctx))
	past := history.New(history.Options{})
	running, err := telemetry.Start(ctx, telemetry.Options{Version: io.Version, Getenv: io.Getenv, Discretion: discretion, Finished: past.Finished})
	if err != nil {
		return err
	}
	defer stopTelemetry(ctx, running)

	signal.Notify(host.Reload, syscall.SIGHUP)
	defer signal.Stop(host.Reload)
	options := server.Options{
		Version: io.Version, Log: log.Logger, Verbosity: verbosity, History: past, Metrics: running.Metrics, Pseudonyms: pseudonyms,
		Supervisor: host.Supervisor, Inherited: host.Sockets,
		Read: read, Changed: host.Reload, Path: o.config, GeneralPath: o.generalPath, LameDuck: o.lameDuck,
	}
	return o.serve(ctx, loaded, options)
}

// serve is the part of run that begins when there is a log.
func (o *serving) serve(ctx context.Context, loaded *config.Config, options server.Options) (err error) {
	if o.capture != "" {
		if options.Capture, err = capture.New(o.capture, o.captureCount, options.Log); err != nil {
			return err
		}
		defer options.Capture.Close()
	}
	s, err := server.New(loaded, options)
	if err != nil {
		return configuration(err)
	}
	for _, w := range loaded.Warnings {
		options.Log.WarnContext(ctx, "configuration", "warning", w.String())
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
