package server

import (
	"slices"
	"strings"
	"time"

	"availproxy/cmd/internal/admin"
	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
)

// shown is how the pages of the operator name mailboxes: by pseudonyms, unless
// admin.allow_mailboxes says otherwise.
type shown struct {
	pseudonyms freebusy.Pseudonyms
	mailboxes  bool
	known      []freebusy.Mailbox // to whoever looks, so that there is nothing to hide
}

func (w *wiring) shown() shown {
	return shown{pseudonyms: w.pseudonyms, mailboxes: w.config.Admin.AllowMailboxes}
}

// naming is s for somebody who has named these mailboxes himself.
func (s shown) naming(mailboxes []freebusy.Mailbox) shown {
	s.known = mailboxes
	return s
}

func (s shown) mailbox(m freebusy.Mailbox) string {
	if s.mailboxes || slices.ContainsFunc(s.known, func(k freebusy.Mailbox) bool { return k.Key() == m.Key() }) {
		return m.Address
	}
	return s.pseudonyms.Of(m)
}

// text is what another server said, which may name mailboxes and quote tokens.
func (s shown) text(text string) string {
	if s.mailboxes {
		return telemetry.Discretion(nil).Hide(text)
	}
	text = telemetry.Discretion(func(text string) string { return s.pseudonyms.Mask(text, nil) }).Hide(text)
	for _, m := range s.known {
		text = strings.ReplaceAll(text, s.pseudonyms.Of(m), m.Address)
	}
	return text
}

// failure tells the operator of err.
func (s shown) failure(err *freebusy.Error, at time.Time) *admin.Failure {
	told := &admin.Failure{Said: s.text(err.Error()), Cause: string(err.Cause()), Remedy: err.Remedy(), At: at}
	if err.Err != nil {
		told.Why = s.text(err.Err.Error())
	}
	return told
}
