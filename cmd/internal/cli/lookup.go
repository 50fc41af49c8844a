package cli

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"availproxy/freebusy"
	"availproxy/integration/forest"
)

// lookup is the command line of one look-up.
type lookup struct {
	config                             string
	url, user, passwordFile, tokenFile string
	ca                                 string
	as                                 string
	from, to                           string
	interval                           int
	view                               string
	timeZone                           string
	explain                            bool
	output                             string
}

// views are the RequestedViews that show anything ([MS-OXWAVLS] 3.1.4.1.4.2).
var views = []string{"MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"}

func newLookup(io IO) *cobra.Command {
	var l lookup
	c := &cobra.Command{
		Use:   "lookup [--config FILE | --url URL] MAILBOX...",
		Short: "Ask for the free/busy times of mailboxes",
		Long: "lookup asks one question and prints the answer as a grid.\n\n" +
			"With --config it takes the path that Exchange's questions take through the proxy, without the listener.\n" +
			"With --url it asks an EWS endpoint directly. With --as as well it asks as that old server would, so that\n" +
			"any ProxyUrl can be tried, a real Client Access server included: with TLS 1.0 if need be, and NTLM.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, mailboxes []string) error {
			q, zoneOf, err := l.question(mailboxes, time.Now())
			if err != nil {
				return err
			}
			res, err := l.run(c.Context(), io, q, zoneOf)
			if err != nil {
				return err
			}
			return l.print(io, res, zoneOf)
		},
	}
	f := c.Flags()
	f.StringVar(&l.config, "config", "", "configuration file: ask as the proxy would")
	f.StringVar(&l.url, "url", "", "an EWS URL or ProxyUrl: ask it directly")
	f.StringVar(&l.user, "user", "", `user for --url; with --as, DOMAIN\user logs on with NTLM where that is offered`)
	f.StringVar(&l.passwordFile, "password-file", "", "file with the password of --user")
	f.StringVar(&l.tokenFile, "token-file", "", "file with a bearer token for --url")
	f.StringVar(&l.ca, "ca", "", "PEM file with the certificates to trust for --url")
	f.StringVar(&l.as, "as", "", "ask --url as an old server: "+strings.Join(ages, ", "))
	f.StringVar(&l.from, "from", "today", "start: RFC 3339, 2026-11-23, today, +7d")
	f.StringVar(&l.to, "to", "+1d", "end, relative ones counted from the start")
	f.IntVar(&l.interval, "interval", 30, "length of a slot of the merged view, in minutes")
	f.StringVar(&l.view, "view", "DetailedMerged", strings.Join(views, ", "))
	f.StringVar(&l.timeZone, "time-zone", "", "zone for dates and for the grid, by its name in the tz database or in Windows; default that of this machine")
	f.BoolVar(&l.explain, "explain", false, "show the path that the question took, and its story: discovery, tokens, what others answered; with -o json as \"story\"")
	f.StringVarP(&l.output, "output", "o", "text", "text or json")
	c.MarkFlagsMutuallyExclusive("config", "url")
	c.MarkFlagsMutuallyExclusive("user", "token-file")
	c.MarkFlagsRequiredTogether("user", "password-file")
	c.MarkFlagFilename("config", "yaml", "yml")
	return c
}

// question checks the flags and makes a question of them. It is of loc's days.
func (l *lookup) question(mailboxes []string, now time.Time) (forest.Question, *time.Location, error) {
	q := forest.Question{Mailboxes: mailboxes, View: l.view, Interval: time.Duration(l.interval) * time.Minute}
	if err := l.whom(); err != nil {
		return q, nil, err
	}
	loc, err := zone(l.timeZone)
	if err != nil {
		return q, nil, err
	}
	midnight := today(now, loc)
	if q.From, err = moment(l.from, midnight, midnight, loc); err != nil {
		return q, nil, err
	}
	if q.To, err = moment(l.to, q.From, midnight, loc); err != nil {
		return q, nil, err
	}
	switch {
	case !slices.Contains(views, l.view):
		return q, nil, usage("--view: want one of %s", strings.Join(views, ", "))
	case l.output != "text" && l.output != "json":
		return q, nil, usage("--output: want text or json")
	case !q.To.After(q.From):
		return q, nil, usage("--to must be after --from")
	case q.Interval < 5*time.Minute || q.Interval > 24*time.Hour:
		return q, nil, usage("--interval: want 5 to 1440 minutes")
	}
	return q, loc, l.withinLimits(q)
}

// whom checks the flags that say whom to ask, and how.
func (l *lookup) whom() error {
	switch {
	case (l.config == "") == (l.url == ""):
		return usage("one of --config and --url is needed")
	case l.as != "" && l.url == "":
		return usage("--as needs --url, the ProxyUrl to ask")
	case l.url == "" && (l.user != "" || l.tokenFile != "" || l.ca != ""):
		return usage("--user, --token-file and --ca are for --url; with --config, the configuration has its own")
	case l.as != "" && !slices.Contains(ages, l.as):
		return usage("--as: want one of %s", strings.Join(ages, ", "))
	case l.url == "":
		return nil
	}
	u, err := url.Parse(l.url)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return usage("--url: want https://HOST/EWS/Exchange.asmx, without a user in it")
	}
	return nil
}

// ages of servers that lookup can ask as.
var ages = []string{"2007", "2010", "2013"}

// withinLimits refuses what the proxy refuses as a whole, since that happens
// before the part of it that --config asks. Another server may decide itself.
func (l *lookup) withinLimits(q forest.Question) error {
	switch {
	case l.config == "":
		return nil
	case len(q.Mailboxes) > 100:
		return usage("want 100 mailboxes at most")
	case q.To.Sub(q.From) > 62*24*time.Hour:
		return usage("--to: want 62 days after --from at most")
	}
	return nil
}

// run asks in the way that the flags choose.
func (l *lookup) run(ctx context.Context, io IO, q forest.Question, loc *time.Location) (result, error) {
	switch {
	case l.config != "":
		return l.throughProxy(ctx, io, q)
	case l.as != "":
		return l.asOldServer(ctx, q, loc)
	default:
		return l.directly(ctx, io, q)
	}
}

// secrets reads the password and the token from their files.
func (l *lookup) secrets() (password, token string, err error) {
	if password, err = readSecretFile("--password-file", l.passwordFile); err != nil {
		return "", "", err
	}
	token, err = readSecretFile("--token-file", l.tokenFile)
	return password, token, err
}

func (l *lookup) print(io IO, res result, loc *time.Location) error {
	if l.output == "json" {
		return printJSON(io.Stdout, res)
	}
	if err := res.grid(io.Stdout, freebusy.ZoneOf(loc, res.Window.Start), zoneName(loc, res.Window.Start), io.Terminal); err != nil {
		return err
	}
	for _, m := range res.Mailboxes {
		if m.MessageText != "" {
			fmt.Fprintf(io.Stdout, "%s: %s\n", m.Address, m.MessageText)
		}
		if l.explain && m.cause != "" {
			fmt.Fprintf(io.Stdout, "  %s\n", m.cause)
		}
	}
	if l.explain && len(res.Mailboxes) > 0 {
		fmt.Fprintln(io.Stdout)
		if err := printPath(io.Stdout, res.Mailboxes[0].Path.Hops); err != nil || res.Story == nil {
			return err
		}
		fmt.Fprintln(io.Stdout)
		return printStory(io.Stdout, res.Story)
	}
	return nil
}
