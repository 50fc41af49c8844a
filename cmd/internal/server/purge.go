package server

import (
	"context"
	"fmt"
	"log/slog"

	"availproxy/cmd/internal/admin"
	"availproxy/discovery"
	"availproxy/ews/authn"
	"availproxy/freebusy"
)

// purge forgets all that was learnt of some mailboxes, whatever their names: the
// answers of their forests, and where autodiscover said that they are. It
// returns of how many there were answers. The error is about what was asked.
func (s *Server) purge(ctx context.Context, what admin.Purge) (mailboxes int, err error) {
	match, err := matching(what)
	if err != nil {
		return 0, err
	}
	s.reloading.Lock() // else what is on its way might belong to the next configuration
	defer s.reloading.Unlock()
	w := s.current.Load()
	match = orSame(match, w.directory.Same(match))
	w.directory.Forget(match)
	w.forests.forget(match)
	mailboxes = w.cache.Purge(match)

	said := []any{w.purged(what), slog.Int("mailboxes", mailboxes)}
	if id, ok := authn.FromContext(ctx); ok {
		said = append(said, slog.String("principal", id.String()))
	}
	s.options.Log.InfoContext(ctx, "cache purged", said...)
	return mailboxes, nil
}

func matching(what admin.Purge) (match func(address string) bool, err error) {
	switch {
	case what.All:
		return func(string) bool { return true }, nil
	case what.Domain != "":
		match, err = discovery.Within(what.Domain)
		return match, wrap("domain", err)
	default:
		match, err = discovery.Named(what.Mailbox)
		return match, wrap("mailbox", err)
	}
}

func wrap(parameter string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", parameter, err)
}

// orSame accepts what match does, and the same mailboxes under other names.
func orSame(match func(address string) bool, same []freebusy.Mailbox) func(address string) bool {
	named := map[string]bool{}
	for _, m := range same {
		named[m.Key()] = true
	}
	return func(address string) bool { return named[address] || match(address) }
}

// purged is what was purged, for the log.
func (w *wiring) purged(what admin.Purge) slog.Attr {
	switch {
	case what.All:
		return slog.Bool("all", true)
	case what.Domain != "":
		return slog.String("domain", what.Domain)
	default:
		return slog.String("mailbox_hash", w.pseudonyms.Of(freebusy.SMTP(what.Mailbox)))
	}
}

// moved forgets the answers that mailboxes gave where they are not asked for any
// more.
func (w *wiring) moved(m discovery.Move) {
	gone := map[string]bool{}
	for _, mailbox := range m.Mailboxes {
		gone[mailbox.Key()] = true
	}
	w.cache.Moved(func(mailbox string, c *freebusy.Calendar) bool {
		if m.Mailboxes != nil {
			return gone[mailbox]
		}
		return c.Origin.Connector == m.Connector && c.Origin.URL == m.Endpoint
	})
}
