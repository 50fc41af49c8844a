package upstream

import (
	"context"
	"net/http"
	"strings"
	"unicode"

	"availproxy/freebusy"
)

// Label sets the headers by which the other side routes a question about
// mailboxes and by which its support finds it again: X-AnchorMailbox,
// client-request-id and return-client-request-id.
//
// Asking twice does no harm, and Label tells net/http so with a header that is
// not sent: a connection which the server closed meanwhile costs no answer.
func Label(ctx context.Context, h http.Header, mailboxes []freebusy.Mailbox) {
	h.Set("client-request-id", freebusy.RequestID(ctx))
	h.Set("return-client-request-id", "true")
	if mailbox := anchor(mailboxes); mailbox != "" {
		h.Set("X-AnchorMailbox", mailbox)
	}
	h["Idempotency-Key"] = nil
}

// anchor is the mailbox by which a front end of Exchange 2013 and later finds
// the server that shall answer: the first one that a header can carry.
func anchor(mailboxes []freebusy.Mailbox) string {
	for _, m := range mailboxes {
		if m.Domain() != "" && strings.IndexFunc(m.Address, unicode.IsControl) < 0 {
			return m.Address
		}
	}
	return ""
}
