package cli

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/oauthtest"
	"availproxy/cmd/internal/server"
	"availproxy/cmd/internal/telemetry"
)

func newTestOAuth(std IO) *cobra.Command {
	var path, service, output string
	var asked server.OAuthTest
	c := &cobra.Command{
		Use: "test-oauth --service EWS|AutoD|Generic --mailbox SMTP", Short: "Try a token on the other side, as Test-OAuthConnectivity does", Args: cobra.NoArgs,
		Long: "test-oauth gets a fresh token as the connector would, shows it to the other side, and tells how that went in the\n" +
			"words of Test-OAuthConnectivity. The token is for the mailbox, or with --app-only for the application alone. That\n" +
			"the SMTP address has no mailbox associated with it is no error: whoever says so has accepted the token. No\n" +
			"signature and no address is printed. It exits with 4 when the result is Error.",
		RunE: func(c *cobra.Command, _ []string) error {
			if output != "text" && output != "json" {
				return usage("--output: want text or json")
			}
			if err := readOAuthTest(&asked, service); err != nil {
				return err
			}
			result, err := testOAuth(c.Context(), std, path, asked)
			if err != nil {
				return err
			}
			return writeOAuthResult(std, result, output)
		},
	}
	configFlag(c, &path)
	f := c.Flags()
	f.StringVar(&service, "service", "", "what to ask: EWS, AutoD or Generic")
	f.StringVar(&asked.TargetURI, "target-uri", "", "the URL to ask; by default where the connector asks")
	f.StringVar(&asked.Mailbox, "mailbox", "", "SMTP address that the token is for, and that is asked about")
	f.StringVar(&asked.Connector, "forest", "", "name of the connector; by default that of the mailbox")
	f.BoolVar(&asked.AppOnly, "app-only", false, "a token for the application alone")
	f.BoolVarP(&asked.Verbose, "verbose", "v", false, "show challenges and the claims of tokens in full")
	f.StringVarP(&output, "output", "o", "text", "text or json")
	c.MarkFlagRequired("service")
	c.MarkFlagRequired("mailbox")
	return c
}

// readOAuthTest takes the name of a service in any case.
func readOAuthTest(asked *server.OAuthTest, service string) error {
	for _, known := range []oauthtest.Service{oauthtest.EWS, oauthtest.AutoD, oauthtest.Generic} {
		if strings.EqualFold(service, string(known)) {
			asked.Service = known
		}
	}
	local, domain, _ := strings.Cut(asked.Mailbox, "@")
	switch {
	case asked.Service == "":
		return usage("--service: want EWS, AutoD or Generic")
	case local == "" || domain == "":
		return usage("--mailbox: want an SMTP address")
	case asked.TargetURI != "" && !strings.HasPrefix(asked.TargetURI, "https://"):
		return usage("--target-uri: want an https URL")
	}
	return nil
}

func testOAuth(ctx context.Context, std IO, path string, asked server.OAuthTest) (result oauthtest.Result, err error) {
	loaded, err := config.Read(path, std.Getenv)
	if err != nil {
		return result, configuration(err)
	}
	s, err := server.New(loaded, server.Options{Version: std.Version, Log: telemetry.NewLogger(std.Stderr, slog.LevelError, true, nil)})
	if err != nil {
		return result, configuration(err)
	}
	err = s.While(ctx, func(ctx context.Context) error {
		result, err = s.TestOAuth(ctx, asked)
		return err
	})
	if errors.Is(err, server.ErrOAuthTest) {
		return result, usage("%w", err)
	}
	return result, err
}

func writeOAuthResult(std IO, result oauthtest.Result, output string) error {
	write := result.Text
	if output == "json" {
		write = result.JSON
	}
	if err := write(std.Stdout); err != nil {
		return err
	}
	if result.ResultType == oauthtest.Error {
		return &exitError{code: exitFinding}
	}
	return nil
}
