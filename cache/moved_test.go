package cache

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

// What a server that the mailbox has left knew of the first days does not become
// a part of what the new one says of the others.
func TestTwoServersMakeNoAnswerTogether(t *testing.T) {
	for name, moved := range map[string]freebusy.Origin{
		"another server":    {Connector: "Fabrikam", URL: "https://new.example/EWS/Exchange.asmx"},
		"another connector": {Connector: "Adatum", URL: "https://old.example/EWS/Exchange.asmx"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := freebusy.Origin{Connector: "Fabrikam", URL: "https://old.example/EWS/Exchange.asmx"}
				origin := &forest{answer: func(q freebusy.Query) freebusy.Answer {
					c := calendar(q)
					c.Origin = server
					c.Events = []freebusy.Event{{Start: q.Window.Start, End: q.Window.Start, Details: &freebusy.Details{Location: server.URL + server.Connector}}}
					return freebusy.Answer{Calendar: c}
				}}
				c := newCache(t, origin, lifetimes)
				ask(t, c, about(days(0, 3), alice))
				server = moved
				for range 2 { // the second time from memory
					got := ask(t, c, about(days(0, 7), alice))[0].Calendar
					if got.Origin != moved || slices.ContainsFunc(got.Events, func(e freebusy.Event) bool { return e.Details.Location != moved.URL+moved.Connector }) {
						t.Errorf("got %+v of %+v, want what the new server says", got.Events, got.Origin)
					}
				}
				if d := cmp.Diff([]freebusy.Window{days(0, 3), days(3, 7), days(0, 7)}, origin.windows); d != "" {
					t.Errorf("asked of the forests (-want +got)\n%s", d)
				}
			})
		})
	}
}
