package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// Purge says what is to be forgotten: exactly one of its fields is set.
type Purge struct {
	Mailbox string // SMTP address
	Domain  string // or "*." and a domain
	All     bool
}

// maxForm is more than any form here has.
const maxForm = 64 << 10

// purge forgets what the form or the query of the request names, and says how
// many mailboxes that were.
func (a *Admin) purge(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	what, err := readPurge(r.Form)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	mailboxes, err := a.Purge(r.Context(), what)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintln(w, "mailboxes purged:", mailboxes)
}

var errPurge = errors.New("want exactly one of mailbox=ADDRESS, domain=DOMAIN and all=true")

// readPurge takes nothing that it does not know: a slip must not empty the
// cache.
func readPurge(form url.Values) (what Purge, err error) {
	if len(form) != 1 {
		return what, errPurge
	}
	for name, values := range form {
		switch value := values[0]; {
		case len(values) > 1 || value == "":
			return what, errPurge
		case name == "mailbox":
			what.Mailbox = value
		case name == "domain":
			what.Domain = value
		case name == "all" && value == "true":
			what.All = true
		default:
			return what, errPurge
		}
	}
	return what, nil
}

// Purger forgets what is told and returns how many mailboxes that were. The
// error is about the Purge.
type Purger func(context.Context, Purge) (mailboxes int, err error)
