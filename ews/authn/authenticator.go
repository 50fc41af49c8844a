package authn

import "net/http"

// Authenticator recognises callers by one mechanism. It must be safe for
// concurrent use and may block until the request's context ends.
type Authenticator interface {
	// Authenticate looks for a proof of this mechanism in r. With none in it,
	// the Outcome is zero and the error nil. An error is a proof that failed,
	// usually a [*Refusal]; its text is for the log only.
	Authenticate(r *http.Request) (Outcome, error)

	// Challenge is what to offer in WWW-Authenticate to whoever sent r, or ""
	// to offer nothing on such a connection.
	Challenge(r *http.Request) string
}

// Outcome is what one Authenticator made of a request.
type Outcome struct {
	Identity *Identity // set once the caller has been proved; it must not be changed any more

	// Answer goes back in WWW-Authenticate: the next leg of a handshake, or,
	// beside an Identity, the proof of who we are. "" sends none.
	Answer string
}
