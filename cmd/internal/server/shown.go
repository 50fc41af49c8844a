package server

import (
	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
)

// shown is how the pages of the operator name mailboxes: by pseudonyms, unless
// admin.allow_mailboxes says otherwise.
type shown struct {
	pseudonyms freebusy.Pseudonyms
	mailboxes  bool
}

func (w *wiring) shown() shown { return shown{w.pseudonyms, w.config.Admin.AllowMailboxes} }

func (s shown) mailbox(m freebusy.Mailbox) string {
	if s.mailboxes {
		return m.Address
	}
	return s.pseudonyms.Of(m)
}

// text is what another server said, which may name mailboxes and quote tokens.
func (s shown) text(text string) string {
	if s.mailboxes {
		return telemetry.Discretion(nil).Hide(text)
	}
	return telemetry.Discretion(func(text string) string { return s.pseudonyms.Mask(text, nil) }).Hide(text)
}
