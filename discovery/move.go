package discovery

import (
	"strings"

	"availproxy/freebusy"
)

// Move is a change of what a Directory knew: some mailboxes are asked for
// elsewhere from now on, or under another address, or nowhere any more.
type Move struct {
	Connector string

	// Mailboxes are those that moved, under every address that leads to one of
	// them. Nil stands for all that were asked for at Endpoint, which is not the
	// default of the Connector any longer.
	Mailboxes []freebusy.Mailbox
	Endpoint  string
}

// outcomeBy is what r amounts to where that is the default; zero when nothing is
// known.
func (r userRoute) outcomeBy(standard *defaultRoute) outcome {
	if r.outcome == (outcome{}) && standard != nil {
		return outcome{endpoint: standard.endpoint}
	}
	return r.outcome
}

func (d *Directory) movedDefault(f *forest, was, is *defaultRoute) {
	if was != nil && is != nil && was.endpoint != is.endpoint {
		d.moved(Move{Connector: f.Name, Endpoint: was.endpoint})
	}
}

// movedUser tells of a mailbox that was known to be somewhere and is not there
// now.
func (d *Directory) movedUser(f *forest, user string, was, is outcome) {
	if was != (outcome{}) && was.err == nil && was != is {
		m := freebusy.SMTP(user)
		same := d.Same(func(address string) bool { return address == m.Key() })
		d.moved(Move{Connector: f.Name, Mailboxes: append(same, m)})
	}
}

// Forget drops what was learnt of single mailboxes whose lower-case address
// match accepts, so that they are looked up again.
func (d *Directory) Forget(match func(address string) bool) {
	for _, key := range d.users.Keys() {
		if match(key.address) {
			d.users.Remove(key)
		}
	}
}

// Same returns the mailboxes whose lower-case address match accepts, as far as
// anything deviating was learnt of them, and those that are the same ones under
// another address: what redirects to them, and where they are redirected to.
func (d *Directory) Same(match func(address string) bool) []freebusy.Mailbox {
	same := map[string]bool{}
	redirects := map[string]string{}
	for _, key := range d.users.Keys() {
		if match(key.address) {
			same[key.address] = true
		}
		if known, ok := d.users.Peek(key); ok && known.outcome.address != "" {
			redirects[key.address] = strings.ToLower(known.outcome.address)
		}
	}
	for range maxAddressRedirects + 1 {
		for from, to := range redirects {
			if same[from] || same[to] || match(to) {
				same[from], same[to] = true, true
			}
		}
	}
	var all []freebusy.Mailbox
	for address := range same {
		all = append(all, freebusy.SMTP(address))
	}
	return all
}
