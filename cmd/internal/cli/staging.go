package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"availproxy/integration/forest"
)

func newStaging(io IO) *cobra.Command {
	var o struct {
		out, listen, calendars string
		mailboxes              int
		seed                   int64
	}
	c := &cobra.Command{
		Use: "staging", Short: "Run a simulated other side, alone", Args: cobra.NoArgs,
		Long: "staging runs a simulated forest on loopback and writes into DIR what a proxy and a person need to ask it:\n" +
			"config.yaml (ready for `availproxy serve`), ca.pem, auth.pfx, app.pfx, credentials.json, urls.json, truth.json.\n" +
			"It prints \"ready\" once everything is written and listening, and runs until it is told to stop.",
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case o.out == "":
				return usage("--out: want a directory")
			case o.mailboxes < 1:
				return usage("--mailboxes: want 1 or more")
			}
			options := forest.Options{Seed: o.seed, Listen: o.listen}
			options.Mailboxes = o.mailboxes
			if o.calendars != "" {
				truth, err := forest.ReadTruth(o.calendars)
				if err != nil {
					return err
				}
				options.Truth = truth
			}
			f, err := forest.New(options)
			if err != nil {
				return err
			}
			if err := f.Start(c.Context()); err != nil {
				return err
			}
			defer f.Close()
			if _, err := (forest.Material{Forests: []*forest.Forest{f}}).Write(o.out); err != nil {
				return err
			}
			fmt.Fprintln(io.Stdout, "ready")
			<-c.Context().Done()
			return nil
		},
	}
	c.Flags().StringVar(&o.out, "out", "", "directory to write into; it is made")
	c.MarkFlagDirname("out")
	c.Flags().StringVar(&o.listen, "listen", "127.0.0.1:0", "address of its EWS")
	c.Flags().IntVar(&o.mailboxes, "mailboxes", 12, "how many people and rooms there are")
	c.Flags().Int64Var(&o.seed, "seed", 1, "makes other calendars")
	c.Flags().StringVar(&o.calendars, "calendars", "", "a truth.json to answer from instead")
	c.MarkFlagRequired("out") // its only error is a name that is not there
	return c
}
