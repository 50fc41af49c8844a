package forest_test

import (
	"context"
	"fmt"
	"time"

	"availproxy/integration/forest"
)

// An Exchange 2010 server cannot ask a forest that wants tokens. Here it is
// lent one, to see what it would get through a proxy.
func Example() {
	ctx := context.Background()
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	f, err := forest.New(forest.Options{Seed: 1, Calendars: forest.Calendars{Week: monday}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := f.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()

	berlin, _ := forest.ZoneByID("Europe/Berlin")
	exchange := &forest.Caller{
		URL: f.EWSURL(), Generation: forest.Exchange2010, Zone: berlin,
		Token:   f.Token(f.Host(), time.Now().Add(time.Hour)),
		RootCAs: f.RootCAs(), ConnectTo: f.ConnectTo(),
	}
	defer exchange.Close()
	reply, err := exchange.Ask(ctx, forest.Question{
		Mailboxes: []string{"alice@fabrikam.example", "nobody@fabrikam.example"},
		From:      monday.Add(8 * time.Hour), To: monday.Add(16 * time.Hour), Interval: time.Hour,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range reply.Mailboxes {
		fmt.Println(m.Address, m.Code, m.Merged)
	}
	// Output:
	// alice@fabrikam.example NoError 21320200
	// nobody@fabrikam.example ErrorMailRecipientNotFound
}
