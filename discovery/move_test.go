package discovery

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

// moves are what a Directory told of, one line each.
type moves []string

func (m *moves) note(move Move) {
	where := "from " + move.Endpoint
	if move.Mailboxes != nil {
		var names []string
		for _, mailbox := range move.Mailboxes {
			names = append(names, mailbox.Key())
		}
		slices.Sort(names)
		where = strings.Join(slices.Compact(names), " ")
	}
	*m = append(*m, fmt.Sprintf("%s: %s", move.Connector, where))
}

func TestMovesAreTold(t *testing.T) {
	const lin, alias = "lin@fabrikam.example", "wei@tailspin.example"
	tests := map[string]struct {
		before, after string // what the service says of lin
		fails         bool   // she is looked for in vain in between
		want          moves
	}{
		"nothing has changed":         {works(fabrikamEWS), works(fabrikamEWS), true, nil},
		"another URL":                 {works(fabrikamEWS), works(otherEWS), true, moves{"fabrikam: lin@fabrikam.example"}},
		"another URL, and back":       {works(otherEWS), works(fabrikamEWS), true, moves{"fabrikam: lin@fabrikam.example"}},
		"another address":             {works(fabrikamEWS), redirects("RedirectAddress", alias), true, moves{"fabrikam: lin@fabrikam.example wei@tailspin.example"}},
		"from one address to another": {redirects("RedirectAddress", "x@tailspin.example"), redirects("RedirectAddress", alias), true, moves{"fabrikam: lin@fabrikam.example wei@tailspin.example"}},
		"gone":                        {works(fabrikamEWS), says("InvalidUser"), true, moves{"fabrikam: lin@fabrikam.example"}},
		"back with us":                {works(fabrikamEWS), redirects("RedirectAddress", "lin@contoso.com"), true, moves{"fabrikam: lin@fabrikam.example"}},
		"there at last":               {says("InvalidUser"), works(fabrikamEWS), true, nil}, // nothing of her is held
		"a service that fails, which says nothing":  {works(fabrikamEWS), says("InternalServerError"), true, nil},
		"what changed while nobody looked is still": {works(fabrikamEWS), works(otherEWS), false, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := moving{lin: tt.before}
				var told moves
				d, err := New([]Connector{
					fabrikam(&service{says: m.says}), tailspin(&service{says: func(string) string { return works(tailspinEWS) }}),
				}, Options{AcceptedDomains: []string{"contoso.com"}, Moved: told.note})
				if err != nil {
					t.Fatal(err)
				}
				routes(t, d, "mei@fabrikam.example", lin)
				routes(t, d, lin)
				m[lin] = tt.after
				if tt.fails {
					time.Sleep(2 * time.Minute)
					d.Failed(freebusy.Route{Connector: "fabrikam", Address: lin}, freebusy.ErrMoved)
				}
				routes(t, d, lin)
				synctest.Wait()
				if diff := cmp.Diff(tt.want, told); diff != "" {
					t.Errorf("told (-want +got)\n%s", diff)
				}
			})
		})
	}
}

func TestAForestThatMovesIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ews := fabrikamEWS
		var told moves
		d, err := New([]Connector{fabrikam(&service{says: func(string) string { return works(ews) }})}, Options{Moved: told.note})
		if err != nil {
			t.Fatal(err)
		}
		routes(t, d, "lin@fabrikam.example")
		ews = otherEWS
		time.Sleep(14 * time.Hour) // stale: it is looked up behind the answer
		routes(t, d, "lin@fabrikam.example")
		synctest.Wait()
		if !slices.Contains(told, "fabrikam: from "+fabrikamEWS) {
			t.Errorf("told %q", told)
		}
	})
}

// One mailbox under several addresses is the same, from whichever of them one
// looks.
func TestSameMailboxes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := moving{
			"a@fabrikam.example": redirects("RedirectAddress", "B@fabrikam.example"),
			"b@fabrikam.example": redirects("RedirectAddress", "c@tailspin.example"),
			"x@fabrikam.example": redirects("RedirectAddress", "c@tailspin.example"),
			"y@fabrikam.example": works(otherEWS),
		}
		d := directory(t, fabrikam(&service{says: m.says}), tailspin(&service{says: func(string) string { return works(tailspinEWS) }}))
		routes(t, d, "a@fabrikam.example", "b@fabrikam.example", "x@fabrikam.example", "y@fabrikam.example", "z@fabrikam.example")
		all := []string{"a@fabrikam.example", "b@fabrikam.example", "c@tailspin.example", "x@fabrikam.example"}
		for _, from := range all {
			var got []string
			for _, mailbox := range d.Same(func(address string) bool { return address == from }) {
				got = append(got, mailbox.Key())
			}
			slices.Sort(got)
			if diff := cmp.Diff(all, got); diff != "" {
				t.Errorf("from %s (-want +got)\n%s", from, diff)
			}
		}
		for _, alone := range []string{"y@fabrikam.example", "z@fabrikam.example"} {
			if got := d.Same(func(address string) bool { return address == alone }); len(got) > 1 {
				t.Errorf("%s is the same as %v", alone, got)
			}
		}
	})
}

func TestForgottenMailboxesAreLookedUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := moving{"lin@fabrikam.example": says("InvalidUser"), "mei@fabrikam.example": says("InvalidUser")}
		s := &service{says: m.says}
		d := directory(t, fabrikam(s))
		routes(t, d, "wei@fabrikam.example", "lin@fabrikam.example", "mei@fabrikam.example")
		delete(m, "lin@fabrikam.example")
		delete(m, "mei@fabrikam.example")
		d.Forget(func(address string) bool { return address == "lin@fabrikam.example" })
		got := words(routes(t, d, "lin@fabrikam.example", "mei@fabrikam.example"))
		if diff := cmp.Diff([]string{fabrikamEWS, "unknown_user"}, got); diff != "" {
			t.Errorf("routes (-want +got)\n%s", diff)
		}
	})
}

func TestAddressesAreFoundInEverySpelling(t *testing.T) {
	tests := map[string]struct {
		match  func(string) (func(string) bool, error)
		what   string
		finds  []string
		misses []string
		bad    bool
	}{
		"an address": {match: Named, what: " Lin@Fabrikam.example ",
			finds: []string{"lin@fabrikam.example", "lin@fabrikam.example."}, misses: []string{"joelin@fabrikam.example", "lin@x.fabrikam.example", "lin", ""}},
		"an international domain": {match: Named, what: "lin@bücher.example",
			finds: []string{"lin@bücher.example", "lin@xn--bcher-kva.example"}, misses: []string{"lin@bucher.example"}},
		"its ASCII form": {match: Named, what: "lin@xn--bcher-kva.example", finds: []string{"lin@bücher.example"}},
		"a domain": {match: Within, what: "Fabrikam.example",
			finds: []string{"lin@fabrikam.example"}, misses: []string{"lin@x.fabrikam.example", "fabrikam.example@x.example", "lin@notfabrikam.example", "/o=x/cn=lin", ""}},
		"the domains below": {match: Within, what: "*.fabrikam.example",
			finds: []string{"lin@x.fabrikam.example", "lin@y.x.fabrikam.example"}, misses: []string{"lin@fabrikam.example", "lin@notfabrikam.example"}},
		"a domain in another script": {match: Within, what: "BÜCHER.example", finds: []string{"lin@bücher.example", "lin@xn--bcher-kva.example"}},
		"no address":                 {match: Named, what: "lin", bad: true},
		"two addresses":              {match: Named, what: "a@x.example,b@x.example", bad: true},
		"a display name":             {match: Named, what: "Lin <lin@x.example>", bad: true},
		"nothing":                    {match: Named, what: "", bad: true},
		"an address for a domain":    {match: Within, what: "lin@fabrikam.example", bad: true},
		"no domain":                  {match: Within, what: "", bad: true},
		"everything":                 {match: Within, what: "*", bad: true},
		"everything below":           {match: Within, what: "*.", bad: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			match, err := tt.match(tt.what)
			if (err != nil) != tt.bad {
				t.Fatalf("error %v", err)
			}
			for _, address := range tt.finds {
				if !match(address) {
					t.Errorf("%q is not found", address)
				}
			}
			for _, address := range tt.misses {
				if match(address) {
					t.Errorf("%q is found", address)
				}
			}
		})
	}
}
