package cli

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"
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
			"any ProxyUrl can be tried, a real Client Access server included.",
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
	f.StringVar(&l.user, "user", "", "user for --url")
	f.StringVar(&l.passwordFile, "password-file", "", "file with the password of --user")
	f.StringVar(&l.tokenFile, "token-file", "", "file with a bearer token for --url")
	f.StringVar(&l.ca, "ca", "", "PEM file with the certificates to trust for --url")
	f.StringVar(&l.as, "as", "", "ask --url as an old server: 2007, 2010 or 2013")
	f.StringVar(&l.from, "from", "today", "start: RFC 3339, 2026-11-23, today, +7d")
	f.StringVar(&l.to, "to", "+1d", "end, relative ones counted from the start")
	f.IntVar(&l.interval, "interval", 30, "length of a slot of the merged view, in minutes")
	f.StringVar(&l.view, "view", "DetailedMerged", strings.Join(views, ", "))
	f.StringVar(&l.timeZone, "time-zone", "", "zone of the tz database for dates and for the grid; default that of this machine")
	f.BoolVar(&l.explain, "explain", false, "show the path that the question took")
	f.StringVarP(&l.output, "output", "o", "text", "text or json")
	c.MarkFlagsMutuallyExclusive("config", "url")
	c.MarkFlagsMutuallyExclusive("user", "token-file")
	c.MarkFlagsRequiredTogether("user", "password-file")
	c.MarkFlagFilename("config", "yaml", "yml")
	return c
}

// question checks the flags and makes a question of them. It is of loc's days.
func (l *lookup) question(mailboxes []string, now time.Time) (forest.Question, *time.Location, error) {
	var q forest.Question
	if (l.config == "") == (l.url == "") {
		return q, nil, usage("one of --config and --url is needed")
	}
	if l.as != "" && l.url == "" {
		return q, nil, usage("--as needs --url, the ProxyUrl to ask")
	}
	if !slices.Contains(views, l.view) {
		return q, nil, usage("--view: want one of %s", strings.Join(views, ", "))
	}
	if l.output != "text" && l.output != "json" {
		return q, nil, usage("--output: want text or json")
	}
	loc, err := zone(l.timeZone)
	if err != nil {
		return q, nil, err
	}
	if q.From, err = moment(l.from, today(now, loc), loc); err != nil {
		return q, nil, err
	}
	if q.To, err = moment(l.to, q.From, loc); err != nil {
		return q, nil, err
	}
	q.Mailboxes, q.View, q.Interval = mailboxes, l.view, time.Duration(l.interval)*time.Minute
	if !q.To.After(q.From) {
		return q, nil, usage("--to must be after --from")
	}
	if q.Interval < 5*time.Minute || q.Interval > 24*time.Hour {
		return q, nil, usage("--interval: want 5 to 1440 minutes")
	}
	return q, loc, nil
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

func (l *lookup) asOldServer(ctx context.Context, q forest.Question, loc *time.Location) (result, error) {
	generation, err := forest.ParseGeneration(l.as)
	if err != nil || generation > forest.Exchange2013 {
		return result{}, usage("--as: want 2007, 2010 or 2013")
	}
	roots, err := l.roots()
	if err != nil {
		return result{}, err
	}
	password, token, err := l.secrets()
	if err != nil {
		return result{}, err
	}
	caller := forest.Caller{
		URL: l.url, Generation: generation, Zone: forestZone(freebusy.ZoneOf(loc, q.From)), RootCAs: roots,
		User: l.user, Password: forest.Secret(password), Token: forest.Secret(token),
	}
	defer caller.Close()
	reply, err := caller.Ask(ctx, q)
	if err != nil {
		return result{}, err
	}
	res := fromReply(q, reply)
	for i := range res.Mailboxes {
		res.Mailboxes[i].Path = pathResult{Cache: "none"}
		for _, h := range reply.Hops {
			res.Mailboxes[i].Path.Hops = append(res.Mailboxes[i].Path.Hops, hopResult{h.Name, milliseconds(h.Took)})
		}
	}
	return res, nil
}

// forestZone is the same zone in the words of the simulated servers.
func forestZone(z freebusy.TimeZone) forest.Zone {
	turn := func(s freebusy.Switch) forest.Switch {
		at := time.Time{}.Add(time.Duration(s.Time) * time.Second).Format(time.TimeOnly)
		return forest.Switch{Bias: s.Bias, Month: s.Month, DayOrder: s.DayOrder, DayOfWeek: s.DayOfWeek, Time: at, Year: s.Year}
	}
	return forest.Zone{Bias: z.Bias, Standard: turn(z.Standard), Daylight: turn(z.Daylight)}
}

func (l *lookup) roots() (*x509.CertPool, error) {
	if l.ca == "" {
		return nil, nil
	}
	data, err := os.ReadFile(l.ca)
	if err != nil {
		return nil, usage("--ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, usage("--ca: there is no PEM certificate in %s", l.ca)
	}
	return pool, nil
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
	if err := res.grid(io.Stdout, freebusy.ZoneOf(loc, res.Window.Start), loc.String(), io.Terminal); err != nil {
		return err
	}
	for _, m := range res.Mailboxes {
		if m.MessageText != "" {
			fmt.Fprintf(io.Stdout, "%s: %s\n", m.Address, m.MessageText)
		}
	}
	if l.explain && len(res.Mailboxes) > 0 {
		fmt.Fprintln(io.Stdout)
		return printPath(io.Stdout, res.Mailboxes[0].Path.Hops)
	}
	return nil
}
