package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"availproxy/freebusy"
	"availproxy/integration/forest"
)

func newDemo(std IO) *cobra.Command {
	var o struct {
		seed   int64
		output string
		serve  bool
	}
	c := &cobra.Command{
		Use: "demo", Short: "Show a question travel to a simulated forest and back", Args: cobra.NoArgs,
		Long: "demo starts a simulated forest and a proxy on loopback, asks as an Exchange 2010 server would,\n" +
			"prints the answer and the path it took, and asks again to show the cache. It needs nothing but this program.",
		RunE: func(c *cobra.Command, _ []string) error {
			if o.output != "text" && o.output != "json" {
				return usage("--output: want text or json")
			}
			if o.serve && o.output == "json" {
				return usage("--serve goes on after the answer, which -o json must not")
			}
			return play(c.Context(), std, o.seed, slog.New(slog.DiscardHandler), func(ctx context.Context, p *playground) error {
				if o.output == "json" {
					return demoJSON(ctx, std.Stdout, p)
				}
				if err := demoText(ctx, std, p); err != nil || !o.serve {
					return err
				}
				return keepServing(ctx, std.Stdout, p)
			})
		},
	}
	c.Flags().Int64Var(&o.seed, "seed", 1, "makes other calendars")
	c.Flags().StringVarP(&o.output, "output", "o", "text", "text or json")
	c.Flags().BoolVar(&o.serve, "serve", false, "keep both running, and print how to ask them")
	return c
}

// demoZone is where the asking server of the demo stands.
const demoZone = "China Standard Time"

// demoQuestion is about two days of everybody in the forest, somebody who does
// not exist, and somebody in a forest that nobody configured.
func demoQuestion(p *playground, zone forest.Zone) forest.Question {
	truth := p.forest.Truth
	monday := zone.Instant(truth.Week)
	return forest.Question{
		Mailboxes: append(truth.Addresses(), truth.Unknown, "someone@unrelated.example"),
		From:      monday, To: monday.AddDate(0, 0, 2), Interval: 30 * time.Minute,
	}
}

func demoText(ctx context.Context, std IO, p *playground) error {
	zone, _ := forest.ZoneByID(demoZone)
	caller := p.caller(forest.Exchange2010, zone)
	defer caller.Close()
	q := demoQuestion(p, zone)
	first, err := ask(ctx, p, caller, q)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Stdout, "An Exchange 2010 server of %s asks %s\nabout %d people of %s.\n\n",
		p.forest.Organization.Domain, p.urls.Proxy, len(q.Mailboxes), p.forest.Domain())
	if err := first.grid(std.Stdout, freebusy.TimeZone{Bias: zone.Bias}, demoZone, std.Terminal); err != nil {
		return err
	}
	second, err := ask(ctx, p, caller, q)
	if err != nil {
		return err
	}
	fmt.Fprintln(std.Stdout, "\nThe path of the first question:")
	if err := printPath(std.Stdout, first.Mailboxes[0].Path.Hops); err != nil {
		return err
	}
	fmt.Fprintf(std.Stdout, "\nThe same question again, from the cache (%s):\n", second.Mailboxes[0].Path.Cache)
	return printPath(std.Stdout, second.Mailboxes[0].Path.Hops)
}

func ask(ctx context.Context, p *playground, c *forest.Caller, q forest.Question) (result, error) {
	reply, err := c.Ask(ctx, q)
	if err != nil {
		return result{}, err
	}
	return p.told(ctx, q, reply), nil
}

// demoJSON prints the answer to one question and nothing else.
func demoJSON(ctx context.Context, w io.Writer, p *playground) error {
	zone, _ := forest.ZoneByID(demoZone)
	caller := p.caller(forest.Exchange2010, zone)
	defer caller.Close()
	answer, err := ask(ctx, p, caller, demoQuestion(p, zone))
	if err != nil {
		return err
	}
	return printJSON(w, answer)
}

// keepServing prints everything that somebody needs to ask for himself.
func keepServing(ctx context.Context, w io.Writer, p *playground) error {
	ca := filepath.Join(p.dir, "ca.pem")
	user, password := p.forest.Organization.User, string(p.forest.Organization.Password)
	fmt.Fprintf(w, "\nBoth keep running until you press Ctrl-C.\n\n"+
		"ProxyUrl     %s\nUser         %s\nPassword     %s\nCA           %s\nAdmin page   %s\nAll files    %s\n",
		p.urls.Proxy, user, password, ca, p.urls.Admin, p.dir)
	for _, f := range p.urls.Forests {
		fmt.Fprintf(w, "Forest       %s\n", f.Domain)
		for name, address := range f.ConnectTo {
			fmt.Fprintf(w, "             %s is at %s\n", name, address)
		}
	}
	fmt.Fprintf(w, "\nFor instance:\n  curl --cacert %s -u '%s:%s' %s\n", ca, user, password, p.urls.Proxy)
	<-ctx.Done()
	return nil
}
