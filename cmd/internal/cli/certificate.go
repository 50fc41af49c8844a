package cli

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"availproxy/oauth"
)

func newCertificate(std IO) *cobra.Command {
	c := &cobra.Command{Use: "certificate", Short: "Make, show and export auth certificates", Args: cobra.NoArgs,
		RunE: help}
	c.AddCommand(newCertificateNew(std), newCertificateShow(std), newCertificateExport(std))
	return c
}

func newCertificateNew(std IO) *cobra.Command {
	var o struct {
		out, passwordFile, name string
		years                   int
		legacy                  bool
	}
	c := &cobra.Command{
		Use: "new", Short: "Make a self-signed auth certificate with its key, like Exchange's", Args: cobra.NoArgs,
		Long: "new writes a PFX that only its owner can read. It never overwrites a file.",
		RunE: func(*cobra.Command, []string) error {
			if o.years < 1 || o.years > 30 {
				return usage("--years: want 1 to 30")
			}
			password, err := readSecretFile("--password-file", o.passwordFile)
			if err != nil {
				return err
			}
			certificate, err := oauth.GenerateCertificate(o.name, o.years)
			if err != nil {
				return err
			}
			encode := certificate.PFX
			if o.legacy {
				encode = certificate.LegacyPFX
			}
			pfx, err := encode(password)
			if err != nil {
				return err
			}
			if err := writeNew(o.out, pfx, 0o600); err != nil {
				return err
			}
			return describe(std.Stdout, certificate)
		},
	}
	f := c.Flags()
	f.StringVar(&o.out, "out", "", "PFX file to write")
	f.StringVar(&o.passwordFile, "password-file", "", "file with the password of the PFX")
	f.StringVar(&o.name, "name", oauth.ExchangeCertificateName, "common name")
	f.IntVar(&o.years, "years", 5, "how long it is valid")
	f.BoolVar(&o.legacy, "legacy", false, "write 3DES and SHA-1, for Windows servers before 2019")
	c.MarkFlagRequired("out")
	c.MarkFlagRequired("password-file")
	return c
}

// certificateFlags say which certificate a command is about.
type certificateFlags struct{ file, key, passwordFile string }

func (o *certificateFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&o.file, "file", "", "PFX file, or PEM file with --key")
	c.Flags().StringVar(&o.key, "key", "", "PEM file with the key")
	c.Flags().StringVar(&o.passwordFile, "password-file", "", "file with the password of the PFX")
	c.MarkFlagRequired("file")
	c.MarkFlagsMutuallyExclusive("key", "password-file")
	c.MarkFlagsOneRequired("key", "password-file")
}

func (o *certificateFlags) read() (*oauth.Certificate, error) {
	if o.key != "" {
		key, err := oauth.ReadKeyFile(o.key)
		if err != nil {
			return nil, err
		}
		public, err := os.ReadFile(o.file)
		if err != nil {
			return nil, err
		}
		return oauth.ParsePEM(public, key)
	}
	password, err := readSecretFile("--password-file", o.passwordFile)
	if err != nil {
		return nil, err
	}
	pfx, err := oauth.ReadKeyFile(o.file)
	if err != nil {
		return nil, err
	}
	return oauth.ParsePFX(pfx, password)
}

func newCertificateShow(std IO) *cobra.Command {
	var o certificateFlags
	c := &cobra.Command{
		Use: "show", Short: "Show thumbprint and validity of an auth certificate", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			certificate, err := o.read()
			if err != nil {
				return err
			}
			return describe(std.Stdout, certificate)
		},
	}
	o.add(c)
	return c
}

func newCertificateExport(std IO) *cobra.Command {
	var o certificateFlags
	var out, format string
	c := &cobra.Command{
		Use: "export", Short: "Write the public half of an auth certificate, for upload to the other side", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			certificate, err := o.read()
			if err != nil {
				return err
			}
			var public []byte
			switch format {
			case "der":
				public = certificate.DER()
			case "pem":
				public = certificate.PEM()
			case "base64": // the value of keyCredentials.key
				public = []byte(base64.StdEncoding.EncodeToString(certificate.DER()) + "\n")
			default:
				return usage("--format: want der, pem or base64")
			}
			if out == "-" {
				_, err := std.Stdout.Write(public)
				return err
			}
			return writeNew(out, public, 0o644)
		},
	}
	o.add(c)
	c.Flags().StringVar(&out, "out", "-", "file to write; - is the standard output")
	c.Flags().StringVar(&format, "format", "der", "der (a .cer file), pem or base64")
	return c
}

func describe(w io.Writer, c *oauth.Certificate) error {
	now := time.Now()
	_, err := fmt.Fprintf(w, "Subject     %s\nThumbprint  %s\nx5t         %s\nValid       %s to %s\nDays left   %d\n",
		c.X509.Subject, c.Thumbprint(), c.X5T(), c.X509.NotBefore.UTC().Format(time.DateOnly),
		c.X509.NotAfter.UTC().Format(time.DateOnly), c.DaysLeft(now))
	if err != nil {
		return err
	}
	return c.Check(now)
}
