package cli

import (
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/exchange"
)

func newExchange(io IO) *cobra.Command {
	var path, proxyURL string
	c := &cobra.Command{
		Use: "exchange", Short: "Print the PowerShell that joins Exchange to this proxy, with rollback", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			loaded, err := config.Read(path, io.Getenv)
			if err != nil {
				return configuration(err)
			}
			if proxyURL == "" {
				if proxyURL, err = ownURL(loaded); err != nil {
					return err
				}
			}
			u, err := url.Parse(proxyURL)
			if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.Path == "" || u.User != nil {
				return usage("--proxy-url: want https://HOST/EWS/Exchange.asmx, without a user in it")
			}
			steps := append(account(loaded, u.Hostname()), trust(loaded, u)...)
			var domains []string
			for _, connector := range loaded.Connectors {
				if !connector.Enabled {
					continue
				}
				for _, d := range connector.TargetAddressDomains {
					domains = append(domains, string(d))
				}
			}
			steps = append(steps, exchange.AddressSpaces(proxyURL, domains)...)
			return exchange.Write(io.Stdout, append(steps, verification(loaded, path, proxyURL)...))
		},
	}
	configFlag(c, &path)
	c.Flags().StringVar(&proxyURL, "proxy-url", "", "the URL that Exchange reaches this proxy at; by default from its certificate")
	return c
}

// account is how to make the account that Kerberos needs, where it is used. Its
// realm is that of the first server that may ask.
func account(c *config.Config, host string) []exchange.Step {
	switch {
	case !c.Clients.KnowsKerberos():
		return nil
	case c.Clients.Kerberos.Keytab == "":
		return exchange.WindowsAccount(host)
	}
	realm := ""
	for _, p := range c.Clients.Allow {
		if realm == "" {
			realm = p.Realm()
		}
	}
	return exchange.Account(host, realm)
}

// ownURL is where Exchange finds us: the first host in our certificate and the
// port that we listen on.
func ownURL(c *config.Config) (string, error) {
	data, err := os.ReadFile(string(c.TLS.Certificate))
	if err != nil {
		return "", usage("--proxy-url is needed: the configuration has no certificate to take a name from")
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return "", usage("--proxy-url is needed: %s holds no PEM certificate", c.TLS.Certificate)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", usage("--proxy-url is needed: %s: %w", c.TLS.Certificate, err)
	}
	i := slices.IndexFunc(certificate.DNSNames, func(name string) bool { return name != "localhost" && !strings.HasPrefix(name, "*") })
	if i < 0 {
		return "", usage("--proxy-url is needed: the certificate names no host")
	}
	host := certificate.DNSNames[i]
	if _, port, err := net.SplitHostPort(string(c.Listen)); err == nil && port != "443" {
		host = net.JoinHostPort(host, port)
	}
	return "https://" + host + "/EWS/Exchange.asmx", nil
}
