package freebusy

import "context"

// Directory knows which forest holds which mailbox.
type Directory interface {
	// Routes returns one Route for each mailbox, in order. It may ask the
	// network and block until ctx ends; what is not known then carries Err.
	Routes(ctx context.Context, mailboxes []Mailbox) []Route

	// Failed tells that the mailbox of a Route was not found where the Route
	// pointed, or was said to have moved. The next Routes looks again, unless
	// that was done for the same mailbox a moment ago.
	Failed(r Route, cause error)
}

// Route says where a mailbox is asked for, and by which name.
type Route struct {
	Connector string // name of the IntraOrganizationConnector
	Endpoint  string // URL of the service there
	Address   string // SMTP address to ask with; a RedirectAddress may have changed it
	Err       *Error // set when there is no way to this mailbox
}
