package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/server"
	"availproxy/cmd/internal/telemetry"
	"availproxy/oauth"
)

func newToken(std IO) *cobra.Command {
	c := &cobra.Command{Use: "token", Short: "Mint and inspect bearer tokens", Args: cobra.NoArgs,
		RunE: help}
	c.AddCommand(newTokenMint(std), newTokenInspect(std))
	return c
}

// newTokenMint is the only place where a token leaves the process other than in
// a request, and only because somebody asked for it.
func newTokenMint(std IO) *cobra.Command {
	var path, connector, url, out string
	c := &cobra.Command{
		Use: "mint", Short: "Get the token that a connector would present, into a file", Args: cobra.NoArgs,
		Long: "mint asks for the token that the proxy would present to a host of this connector, and writes it to a new\n" +
			"file that only its owner can read. The token is worth as much as a password until it expires.",
		RunE: func(c *cobra.Command, _ []string) error {
			loaded, err := config.Read(path, std.Getenv)
			if err != nil {
				return configuration(err)
			}
			s, err := server.New(loaded, server.Options{Version: std.Version, Log: telemetry.NewLogger(std.Stderr, slog.LevelWarn, true, nil)})
			if err != nil {
				return configuration(err)
			}
			if connector != "" && !s.Knows(connector) {
				return usage("--forest: there is no enabled connector %q", connector)
			}
			return s.While(c.Context(), func(ctx context.Context) error {
				token, err := s.Token(ctx, connector, url)
				if err != nil {
					return err
				}
				if err := writeNew(out, []byte(token.Reveal()+"\n"), 0o600); err != nil {
					return err
				}
				fmt.Fprintf(std.Stdout, "written to %s, valid until %s\n", out, token.Expires.UTC().Format("2006-01-02 15:04:05 UTC"))
				return nil
			})
		},
	}
	configFlag(c, &path)
	f := c.Flags()
	f.StringVar(&connector, "forest", "", "name of the connector; may be left out when there is only one")
	f.StringVar(&url, "url", "", "the URL to ask; by default the connector's target_sharing_epr or discovery_endpoint")
	f.StringVar(&out, "out", "", "file to write")
	c.MarkFlagRequired("out")
	return c
}

func newTokenInspect(std IO) *cobra.Command {
	return &cobra.Command{
		Use: "inspect [FILE]", Short: "Print what a token says, without its signature", ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault), Args: cobra.MaximumNArgs(1),
		Long: "inspect reads a token from FILE or from the standard input. It checks nothing.",
		RunE: func(_ *cobra.Command, args []string) error {
			var in io.Reader = os.Stdin
			if len(args) == 1 {
				file, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer file.Close()
				in = file
			}
			text, err := io.ReadAll(io.LimitReader(bufio.NewReader(in), 1<<20))
			if err != nil {
				return err
			}
			compact := strings.TrimSpace(string(text))
			if after, found := strings.CutPrefix(compact, "Bearer "); found {
				compact = after
			}
			told, err := oauth.Inspect(compact)
			if err != nil {
				return err
			}
			return printJSON(std.Stdout, told)
		},
	}
}
