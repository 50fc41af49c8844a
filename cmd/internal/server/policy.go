package server

import (
	"context"
	"fmt"

	"availproxy/cmd/internal/config"
	"availproxy/discovery"
	"availproxy/ews/authn"
	"availproxy/freebusy"
)

// policy decides from the configuration alone how much of a mailbox the asker
// may see: what the connector passes on, and whether it is for this client.
type policy struct {
	directory *discovery.Directory
	forests   forests
}

// Allowed implements [freebusy.Policy].
func (p policy) Allowed(ctx context.Context, m freebusy.Mailbox) (freebusy.Detail, *freebusy.Error) {
	name, ok := p.directory.ConnectorFor(m)
	if !ok {
		return freebusy.FreeBusy, nil // nobody is asked; the Directory says why
	}
	f := p.forests[name]
	if id, ok := authn.FromContext(ctx); ok && len(f.clients) > 0 && !f.clients.Name(id) {
		return 0, freebusy.NoFreeBusyAccess(fmt.Errorf("server: connector %s is not for %s", name, id))
	}
	switch f.connector.AccessLevel {
	case config.LimitedDetails:
		return freebusy.Detailed, nil
	case config.AvailabilityOnly:
		return freebusy.FreeBusy, nil
	default:
		return 0, freebusy.NoFreeBusyAccess(fmt.Errorf("server: connector %s has access_level None", name))
	}
}
