package upstream

import (
	"cmp"
	"io"
	"net/http"
)

// Sender is client, or http.DefaultClient for nil, without redirects, which
// would carry the question and X-AnchorMailbox to hosts that nobody configured,
// and without cookies.
func Sender(client *http.Client) *http.Client {
	sender := *cmp.Or(client, http.DefaultClient)
	sender.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	sender.Jar = nil
	return &sender
}

// HangUp reads the rest of a short page before it closes the body, so that the
// connection lives on; for a long one that would cost more than a new one.
func HangUp(body io.ReadCloser) {
	io.CopyN(io.Discard, body, 8<<10)
	body.Close()
}
