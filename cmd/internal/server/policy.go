package server

import (
	"context"
	"fmt"
	"time"

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
	return p.AllowedFrom(ctx, name)
}

// AllowedFrom implements [freebusy.Policy].
func (p policy) AllowedFrom(ctx context.Context, name string) (freebusy.Detail, *freebusy.Error) {
	f, ok := p.forests[name]
	if !ok {
		return 0, freebusy.NoFreeBusyAccess(fmt.Errorf("server: there is no connector %s any more", name))
	}
	if err := f.notFor(ctx); err != nil {
		return 0, freebusy.NoFreeBusyAccess(err)
	}
	if f.connector.AccessLevel == config.NoAccess {
		return 0, freebusy.NoFreeBusyAccess(fmt.Errorf("server: connector %s has access_level None", name))
	}
	return f.detail(), nil
}

// notFor says that whoever asks may not use the connector. Nil is leave to.
func (f *forest) notFor(ctx context.Context) error {
	if len(f.clients) == 0 {
		return nil
	}
	if id, ok := authn.FromContext(ctx); ok && !f.clients.Name(id) {
		return fmt.Errorf("server: connector %s is not for %s", f.connector.Name, id)
	}
	return nil
}

// detail is the most that a connector passes on of any mailbox.
func (f *forest) detail() freebusy.Detail {
	if f.connector.AccessLevel == config.LimitedDetails {
		return freebusy.Detailed
	}
	return freebusy.FreeBusy
}

// longest is the longest window that this forest answers for at once.
func (f *forest) longest() time.Duration {
	return time.Duration(f.connector.MaximumQueryIntervalDays) * 24 * time.Hour
}

// forest is the connector of a mailbox, "" when there is none, for
// [cache.Options].
func (p policy) forest(m freebusy.Mailbox) string {
	name, _ := p.directory.ConnectorFor(m)
	return name
}

// widest is the longest window that the forest of a mailbox answers for at
// once, for [cache.Options].
func (p policy) widest(m freebusy.Mailbox) time.Duration {
	name, ok := p.directory.ConnectorFor(m)
	if !ok {
		return 0 // nobody is asked
	}
	return p.forests[name].longest()
}
