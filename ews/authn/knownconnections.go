package authn

import "net/http"

// KnownConnections recognises callers who have authenticated their connection
// in an earlier request and send no Authorization header any more. It knows those
// whom the [Scheme] values that name it have let in, and nobody from before it was
// made: what one configuration has accepted, the next may not.
type KnownConnections struct{ _ byte } // has a size, so that no two are at one address

var _ Authenticator = (*KnownConnections)(nil)

// Authenticate implements [Authenticator].
func (k *KnownConnections) Authenticate(r *http.Request) (Outcome, error) {
	if r.Header.Get("Authorization") != "" {
		return Outcome{}, nil
	}
	c, _ := connection(r)
	return Outcome{Identity: c.ownerBy(k)}, nil
}

// Challenge implements [Authenticator]: there is nothing to offer.
func (*KnownConnections) Challenge(*http.Request) string { return "" }
