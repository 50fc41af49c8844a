package ews

import (
	"bytes"
	"context"
	"net/http"
	"runtime/debug"
	"strings"

	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// newRequest is one of the two operations that we send.
func (c *Client) newRequest(ctx context.Context, o operation, document []byte, anchors []freebusy.Mailbox) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	h := request.Header
	h.Set("Content-Type", contentType)
	h.Set("Accept", "text/xml")
	// Exchange does not need it; .NET clients send it, in quotes.
	h.Set("SOAPAction", `"`+nsMessages+"/"+string(o)+`"`)
	h.Set("User-Agent", c.userAgent())
	upstream.Label(ctx, h, anchors)
	return request, nil
}

func (c *Client) userAgent() string {
	if c.UserAgent == "" {
		return DefaultUserAgent(buildVersion())
	}
	return c.UserAgent
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
