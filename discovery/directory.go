package discovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"availproxy/freebusy"
)

// Options are what a Directory can be told besides its connectors. The zero
// Options are usable.
type Options struct {
	// AcceptedDomains are ours ("*.suffix" for all below). A mailbox that a
	// forest says is in one of them has moved back, and following it would lead
	// in a circle.
	AcceptedDomains []string

	Lifetimes Lifetimes

	Patience   time.Duration // for which Routes waits for the network; default 5 s
	Budget     time.Duration // for one look-up, whether or not somebody waits; default 20 s
	UserRoutes int           // how many deviating mailboxes are remembered; default 50 000

	// Moved is told of each change of where mailboxes are asked for. It must not
	// block. Nil is nobody.
	Moved func(Move)

	Version string       // of the product, for the User-Agent
	Log     *slog.Logger // nil: nothing is logged
}

// Directory is the [freebusy.Directory] of a set of connectors. Its Run must be
// running, or be run once in the end, for the look-ups that nobody waits for.
type Directory struct {
	byDomain domains[*forest]
	ours     domains[struct{}]
	forests  []*forest

	users     *lru.Cache[userKey, userRoute] // the user layer
	lifetimes Lifetimes
	flights   flights
	metrics   metrics
	moved     func(Move)
	log       *slog.Logger
}

var _ freebusy.Directory = (*Directory)(nil)

// New checks the connectors and returns the Directory of those that are
// enabled. The error tells everything that is wrong with them.
func New(connectors []Connector, o Options) (*Directory, error) {
	d := &Directory{
		lifetimes: o.Lifetimes.withDefaults(),
		flights:   flights{budget: cmp.Or(o.Budget, 20*time.Second), patience: cmp.Or(o.Patience, 5*time.Second)},
		moved:     o.Moved,
		log:       cmp.Or(o.Log, slog.New(slog.DiscardHandler)),
	}
	if d.moved == nil {
		d.moved = func(Move) {}
	}
	var errs []error
	add := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	var err error
	d.metrics, err = newMetrics()
	add(err)
	d.users, err = lru.New[userKey, userRoute](cmp.Or(o.UserRoutes, 50_000))
	add(err)
	for _, domain := range o.AcceptedDomains {
		add(d.ours.add(domain, struct{}{}))
	}
	names := map[string]bool{}
	for _, c := range connectors {
		if names[c.Name] || c.Name == "" {
			add(fmt.Errorf("connector %q: every connector needs a name of its own", c.Name))
		}
		names[c.Name] = true
		if c.Enabled {
			add(d.connect(c, o.Version))
		}
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("discovery: %w", errors.Join(errs...))
	}
	return d, nil
}

func (d *Directory) connect(c Connector, version string) error {
	f, err := newForest(c, version, &d.metrics)
	if err != nil {
		return fmt.Errorf("connector %s: %w", c.Name, err)
	}
	d.forests = append(d.forests, f)
	var errs []error
	for _, domain := range c.TargetAddressDomains {
		if err := d.byDomain.add(domain, f); err != nil {
			errs = append(errs, fmt.Errorf("connector %s: %w", c.Name, err))
		}
	}
	return errors.Join(errs...)
}

// Run waits until ctx ends, then ends the look-ups that are still under way
// and waits for them. Afterwards the Directory knows what it knew, and asks
// nobody any more. It returns nil.
func (d *Directory) Run(ctx context.Context) error {
	<-ctx.Done()
	d.flights.stop()
	return nil
}

// ConnectorFor returns the name of the connector that the domain of m belongs
// to. It looks at nothing but the configuration and does not block.
func (d *Directory) ConnectorFor(m freebusy.Mailbox) (name string, ok bool) {
	at, err := d.place(m)
	if err != nil {
		return "", false
	}
	return at.forest.Name, true
}

// place finds the forest of m by its domain alone.
func (d *Directory) place(m freebusy.Mailbox) (place, *freebusy.Error) {
	if m.RoutingType != "" && !strings.EqualFold(m.RoutingType, "SMTP") {
		return place{}, freebusy.MailRecipientNotFound(m, nil) // only the caller's own directory could resolve the legacyExchangeDN of "EX"
	}
	if f, ok := d.byDomain.named(m.Address); ok {
		return place{f, m.Address}, nil
	}
	domain, ok := addressDomain(m.Address)
	if !ok {
		return place{}, freebusy.InvalidSMTPAddress(m.Address)
	}
	f, ok := d.byDomain.find(domain)
	if !ok {
		return place{}, freebusy.AddressSpaceNotFound(domain)
	}
	return place{f, m.Address}, nil
}

// Failed implements [freebusy.Directory]. The mailbox is looked up by itself at
// the next opportunity, at most once a minute.
func (d *Directory) Failed(r freebusy.Route, _ error) {
	for _, f := range d.forests {
		if f.Name == r.Connector && f.fixed() == "" {
			d.suspect(place{f, r.Address}, time.Now())
		}
	}
}
