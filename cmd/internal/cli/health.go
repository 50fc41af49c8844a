package cli

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

// newHealth asks the admin listener, so that a container without a shell has a
// health check.
func newHealth(std IO) *cobra.Command {
	var url, ca string
	c := &cobra.Command{
		Use: "health", Short: "Ask a running proxy whether it is alive, for HEALTHCHECK", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			request, err := http.NewRequestWithContext(c.Context(), http.MethodGet, url, nil)
			if err != nil || request.URL.Host == "" || request.URL.Scheme != "http" && request.URL.Scheme != "https" {
				return usage("--url: want http://HOST:PORT/-/healthy")
			}
			roots, err := rootsIn("--ca", ca)
			if err != nil {
				return err
			}
			// No proxy of the environment: it is this machine that is asked about.
			transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
			defer transport.CloseIdleConnections()
			client := http.Client{Timeout: 4 * time.Second, Transport: transport}
			answer, err := client.Do(request)
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			text, err := io.ReadAll(io.LimitReader(answer.Body, 4096))
			if err != nil {
				return err
			}
			if answer.StatusCode != http.StatusOK {
				return fmt.Errorf("%s: %s", answer.Status, text)
			}
			_, err = std.Stdout.Write(text)
			return err
		},
	}
	c.Flags().StringVar(&ca, "ca", "", "PEM file with the certificates to trust, where admin.tls is set")
	c.Flags().StringVar(&url, "url", "http://127.0.0.1:9910/-/healthy", "the admin listener's /-/healthy, or /-/ready")
	return c
}
