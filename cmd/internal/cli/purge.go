package cli

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"availproxy/cmd/internal/config"
)

// purge is the command line of purge.
type purge struct {
	config          string
	mailbox, domain string
	all             bool

	user, passwordFile string
}

func newPurge(io IO) *cobra.Command {
	var p purge
	c := &cobra.Command{
		Use: "purge --config FILE (--mailbox SMTP | --domain DOMAIN | --all)", Short: "Have a running proxy forget what it keeps of mailboxes", Args: cobra.NoArgs,
		Long: "purge asks the admin listener of the configuration, on this machine, to forget the answers that it keeps, whoever\n" +
			"they were for, and where autodiscover said that those mailboxes are. The next question asks the other side again.\n" +
			"A mailbox is found under every address that is known to lead to it.",
		RunE: func(c *cobra.Command, _ []string) error { return p.run(c.Context(), io) },
	}
	configFlag(c, &p.config)
	f := c.Flags()
	f.StringVar(&p.mailbox, "mailbox", "", "SMTP address of the mailbox")
	f.StringVar(&p.domain, "domain", "", `domain of the mailboxes, or "*." and a domain for those below it`)
	f.BoolVar(&p.all, "all", false, "all mailboxes")
	f.StringVar(&p.user, "user", "", "a user of admin.users_file, where there is one")
	f.StringVar(&p.passwordFile, "password-file", "", "file with the password of --user")
	c.MarkFlagsMutuallyExclusive("mailbox", "domain", "all")
	c.MarkFlagsOneRequired("mailbox", "domain", "all")
	c.MarkFlagsRequiredTogether("user", "password-file")
	return c
}

// form is what the flags say, as the listener wants it.
func (p *purge) form() (url.Values, error) {
	switch {
	case p.all:
		return url.Values{"all": {"true"}}, nil
	case p.mailbox != "":
		return url.Values{"mailbox": {p.mailbox}}, nil
	case p.domain != "":
		return url.Values{"domain": {p.domain}}, nil
	default:
		return nil, usage("one of --mailbox, --domain and --all is needed")
	}
}

func (p *purge) run(ctx context.Context, io IO) error {
	form, err := p.form()
	if err != nil {
		return err
	}
	password, err := readSecretFile("--password-file", p.passwordFile)
	if err != nil {
		return err
	}
	loaded, err := config.Read(p.config, io.Getenv)
	if err != nil {
		return configuration(err)
	}
	listener, err := newAdminListener(loaded.Admin)
	if err != nil {
		return configuration(err)
	}
	defer listener.close()
	said, err := listener.post(ctx, "/-/purge", form, p.user, password)
	if err == nil {
		_, err = io.Stdout.Write(said)
		return err
	}
	switch refused, ok := errors.AsType[*adminRefusal](err); {
	case ok && refused.status == http.StatusBadRequest:
		return usage("%s", strings.TrimSpace(refused.said))
	case ok && refused.status == http.StatusUnauthorized:
		return errors.New("the admin listener asks for a user of admin.users_file: give --user and --password-file")
	default:
		return err
	}
}
