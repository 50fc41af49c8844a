package integration

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/integration/forest"
)

// clients are those that read everything.
var clients = map[string]client{
	"exchangelib": {
		generation: forest.Exchange2013, driver: python("exchangelib_freebusy.py"),
		fragile: func(code string) bool { return code != "ErrorMailRecipientNotFound" },
	},
	"ews-javascript-api": {generation: forest.Exchange2013, driver: node("ewsjs_freebusy.js", "ews-javascript-api")},
	"node-ews":           {generation: forest.Exchange2010, driver: nodeEWS},
	".NET":               {generation: forest.Exchange2010, driver: dotnet("dotnet_freebusy.cs")},
}

// TestClientsLearnTheTruth asks about nine days in which Europe leaves summer
// time, in zones with other rules than that and none.
func TestClientsLearnTheTruth(t *testing.T) {
	t.Parallel()
	f, p := halfDown(t, time.Date(2026, 10, 19, 0, 0, 0, 0, time.UTC))
	for name, c := range clients {
		t.Run(name, func(t *testing.T) {
			for _, id := range []string{"UTC", "W. Europe Standard Time", "Chatham Islands Standard Time"} {
				zone, _ := forest.ZoneByID(id)
				monday := f.Truth.Week // at midnight, since ews-javascript-api asks for whole days
				q := forest.Question{From: zone.Instant(monday), To: zone.Instant(monday.AddDate(0, 0, 9))}
				want := map[string]told{}
				for _, address := range allSorts(f) {
					if say := expected(f, address, q, c.generation); c.fragile == nil || say.Code == "NoError" || !c.fragile(say.Code) {
						want[address] = say
						q.Mailboxes = append(q.Mailboxes, address)
					}
				}
				for _, m := range c.ask(t, p, zone, q) {
					if diff := cmp.Diff(want[m.Address], toldBy(m)); diff != "" {
						t.Errorf("%s, asked in %s, differs from the truth:\n%s", m.Address, id, diff)
					}
				}
			}
		})
	}
}

// halfDown is what the tests with clients ask: a proxy in front of f, whose
// calendars are fullest around that day, and of wingtip.example, which is down.
func halfDown(t *testing.T, day time.Time) (f *forest.Forest, p *proxy) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs programs of others")
	}
	f, wingtip := twoForestsAround(t, day)
	p = serve(t, []*forest.Forest{f, wingtip})
	wingtip.Close()
	return f, p
}

// elsewhere are mailboxes that cannot be had of a proxy that is halfDown.
var elsewhere = map[string]string{
	"alice@wingtip.example":     "ErrorAutoDiscoverFailed",
	"someone@unrelated.example": "ErrorAddressSpaceNotFound",
}

// allSorts are people who let others see everything, only times, or nothing,
// one of them twice, and others who do not exist or are elsewhere.
func allSorts(f *forest.Forest) []string {
	all := append(everybody(f), "ALICE@FABRIKAM.EXAMPLE")
	return slices.AppendSeq(all, maps.Keys(elsewhere))
}

// expected is the truth as a client tells it, which is silent on the views of
// mailboxes that have none.
func expected(f *forest.Forest, address string, q forest.Question, g forest.Generation) told {
	if code, ok := elsewhere[address]; ok {
		return told{Code: code}
	}
	say := truth(f, address, q, g)
	if say.Code != "NoError" {
		say = told{Code: say.Code}
	}
	return say
}
