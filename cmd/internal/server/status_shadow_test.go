package server

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/cmd/internal/admin"
	"availproxy/freebusy"
)

func TestTheStatusOfAShadowNamesNoMailbox(t *testing.T) {
	at := time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)
	lina := freebusy.SMTP("li.na@contoso.example")
	pseudonyms := freebusy.NewPseudonyms("key")
	got := shadowStatus("ToCloud", "graph", freebusy.ShadowState{
		Equal: 40, Different: 1, Skipped: 7, Failed: 3, Compared: at, LastFailure: "no way to li.na@contoso.example",
		Differences: map[freebusy.DifferenceKind]int{freebusy.WholeDayFloats: 2, freebusy.OnlyServed: 1},
		Recent: []freebusy.SeenDifference{{
			Difference: freebusy.Difference{Kind: freebusy.OnlyServed, Served: "2026-11-23 09:00 to 10:00 UTC Busy"}, Mailbox: lina, At: at,
		}},
	}, shown{pseudonyms: pseudonyms})
	want := admin.ShadowStatus{
		Connector: "ToCloud", Backend: "graph", Equal: 40, Different: 1, Skipped: 7, Failed: 3, Compared: at,
		LastFailure: "no way to " + pseudonyms.Of(lina),
		Kinds:       []admin.ShadowKind{{Kind: "missing on the other side", Count: 1}, {Kind: "whole days from another midnight, as documented", Count: 2}},
		Recent: []admin.ShadowDifference{{
			At: at, Mailbox: pseudonyms.Of(lina), Kind: "missing on the other side", Served: "2026-11-23 09:00 to 10:00 UTC Busy",
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
