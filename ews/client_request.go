package ews

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"runtime/debug"
	"strings"
	"unicode"

	"availproxy/freebusy"
)

// newRequest is one of the two operations that we send, about mailboxes.
func (c *Client) newRequest(ctx context.Context, o operation, document []byte, mailboxes []freebusy.Mailbox) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	h := request.Header
	h.Set("Content-Type", contentType)
	h.Set("Accept", "text/xml")
	// Exchange does not need it; .NET clients send it, in quotes.
	h.Set("SOAPAction", `"`+nsMessages+"/"+string(o)+`"`)
	h.Set("User-Agent", cmp.Or(c.UserAgent, DefaultUserAgent(buildVersion())))
	h.Set("client-request-id", freebusy.RequestID(ctx))
	h.Set("return-client-request-id", "true")
	if mailbox := anchor(mailboxes); mailbox != "" {
		h.Set("X-AnchorMailbox", mailbox)
	}
	// Asking twice does no harm. This tells net/http, and is not sent, so that
	// a connection which the server closed meanwhile costs no answer.
	h["Idempotency-Key"] = nil
	return request, nil
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

// DefaultUserAgent is what an Exchange 2013 server calls itself towards another
// forest, with our own name and version behind it. Administrators list the
// first part in EwsAllowList (403-forbidden-view-free-busy-information).
func DefaultUserAgent(version string) string {
	return "ASProxy/CrossForest/EmailDomain/EXCH/15.00.1497.002 availproxy/" + version
}

// buildVersion is the version of the running module. A build from a working
// copy says "(devel)", and parentheses would make it a comment.
func buildVersion() string {
	if build, ok := debug.ReadBuildInfo(); ok && build.Main.Version != "" {
		return strings.Trim(build.Main.Version, "()")
	}
	return "devel"
}
