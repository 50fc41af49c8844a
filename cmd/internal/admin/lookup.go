package admin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"availproxy/cmd/internal/history"
	"availproxy/freebusy"
)

// Asker asks the path that every question takes, in nobody's name. It may block
// until ctx ends and then still answers. The error is for a question that failed
// as a whole.
type Asker func(ctx context.Context, q freebusy.Query) (Found, error)

// Found is what came of a look-up.
type Found struct {
	Mailboxes []MailboxFound // one for each of the question, in its order
	Story     *history.Story // nil where nothing is remembered
}

// MailboxFound is what was found out about one mailbox: exactly one of its fields
// is set.
type MailboxFound struct {
	Calendar *freebusy.Calendar
	Failure  *Failure
}

// lookupView is what the page of look-ups shows: the form, and below it what was
// found.
type lookupView struct {
	Form  form
	Found *found // nil: nothing was asked yet
	Said  string // why the question failed as a whole
	Zones []string
}

var lookupPage = newPage("/lookup", "Look-up", "lookup.html")

// commonZones are offered in the form; it takes every other one as well.
var commonZones = []string{
	"UTC", "Local", "China Standard Time", "Asia/Shanghai", "Asia/Tokyo", "Asia/Kolkata", "Australia/Sydney",
	"W. Europe Standard Time", "Europe/Berlin", "Europe/London", "Eastern Standard Time", "America/New_York",
	"Pacific Standard Time", "America/Los_Angeles", "America/Sao_Paulo",
}

func (a *Admin) mayLookUp() bool { return a.Ask != nil && a.Allowed != nil && a.Allowed() }

func (a *Admin) showLookup(w http.ResponseWriter, _ *http.Request) {
	if !a.mayLookUp() {
		http.Error(w, notAllowed, http.StatusForbidden)
		return
	}
	a.write(w, http.StatusOK, lookupPage, lookupView{Form: newForm(time.Now()), Zones: commonZones})
}

const notAllowed = "look-ups from the pages are switched off; see admin.allow_lookup"

// lookup asks what the form says. That comes by POST alone, so that no address
// stands in a URL, and no other site can have us ask.
func (a *Admin) lookup(w http.ResponseWriter, r *http.Request) {
	if !a.mayLookUp() {
		http.Error(w, notAllowed, http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "the form cannot be read", status)
		return
	}
	v := lookupView{Form: readForm(r.PostForm), Zones: commonZones}
	asked, ok := v.Form.asked()
	if !ok {
		a.write(w, http.StatusUnprocessableEntity, lookupPage, v)
		return
	}
	status := http.StatusOK
	if answered, err := a.Ask(r.Context(), asked.query); err != nil {
		status, v.Said = http.StatusBadGateway, freebusy.AsError(err).Error()
	} else {
		v.Found = newFound(asked, answered)
	}
	a.write(w, status, lookupPage, v)
}
