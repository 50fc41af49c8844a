package kerberos

import (
	"context"
	"encoding/asn1"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"availproxy/ews/authn"
	"availproxy/ews/authn/negotiate"
)

// Acceptor is our end of Kerberos. It needs no connection to a domain
// controller: the keytab holds the keys that it shares with them.
type Acceptor struct {
	options Options
	keys    []key
	library library
}

var _ negotiate.Mechanism = (*Acceptor)(nil)

// Options are what else there is to say about an Acceptor.
type Options struct {
	MaxSkew time.Duration // how far the clocks of callers and ours may be apart
	Binding Binding
	Replays *Replays // outlives the Acceptor, so that a new keytab opens no gap
	Log     *slog.Logger
}

// New reads a keytab (web.mit.edu/kerberos/krb5-devel/doc/formats/keytab_file_format.html).
// It must hold a key of an HTTP service; every key in it is tried on every
// ticket, whatever name and version it has, since domain controllers are free to
// spell the name, and keys old and new stand side by side during a change.
func New(keytab io.Reader, o Options) (*Acceptor, error) {
	data, err := io.ReadAll(keytab)
	if err != nil {
		return nil, fmt.Errorf("kerberos: keytab: %w", err)
	}
	a := &Acceptor{options: o, library: guarded{gokrb5{}}}
	if a.keys, err = readKeytab(a.library, data); err != nil {
		return nil, err
	}
	return a, nil
}

// OIDs implements [negotiate.Mechanism]. Windows lists the second, which comes
// of an old mistake ([MS-SPNG] 3.1.5.2), before the first.
func (a *Acceptor) OIDs() []asn1.ObjectIdentifier {
	return []asn1.ObjectIdentifier{mechanism, {1, 2, 840, 48018, 1, 2, 2}}
}

// Begins implements [authn.Acceptor].
func (a *Acceptor) Begins(token []byte) bool {
	_, ok := unframe(token, apRequest)
	return ok
}

// Ready implements [authn.Acceptor].
func (a *Acceptor) Ready() bool { return true }

// Begin implements [authn.Acceptor].
func (a *Acceptor) Begin(c *authn.Connection) authn.Handshake { return handshake{a, c} }

// handshake has a single leg.
type handshake struct {
	acceptor   *Acceptor
	connection *authn.Connection
}

// Step implements [authn.Handshake].
func (h handshake) Step(ctx context.Context, token []byte) (authn.Leg, error) {
	request, ok := unframe(token, apRequest)
	if !ok {
		return authn.Leg{}, authn.Refuse(authn.Kerberos, authn.Malformed, "kerberos: no AP-REQ, %d bytes", len(token))
	}
	l, err := h.acceptor.library.open(request, h.acceptor.keys)
	if err != nil {
		return authn.Leg{}, err
	}
	if err := h.acceptor.check(l, h.connection, time.Now()); err != nil {
		return authn.Leg{}, err
	}
	leg := authn.Leg{Identity: h.acceptor.identity(ctx, l)}
	if l.mutual {
		reply, err := h.acceptor.library.reply(l)
		if err != nil {
			return authn.Leg{}, authn.Refuse(authn.Kerberos, authn.Internal, "kerberos: AP-REP: %w", err)
		}
		leg.Reply = frame(apReply, reply)
	}
	return leg, nil
}

// Close implements [authn.Handshake].
func (h handshake) Close() {}

// check judges a logon that one of our keys has opened. Only one that is good in
// every other respect is remembered against replays.
func (a *Acceptor) check(l *logon, c *authn.Connection, now time.Time) error {
	// The ticket is the KDC's word, the authenticator the caller's: both name a
	// client and its realm, and both have to be the same (RFC 4120 3.2.3).
	if l.claims != l.client {
		return refuse(ClientMismatch, "kerberos: the ticket is for %q, and was presented by %q", l.client, l.claims)
	}
	if err := l.checkTicket(now, a.options.MaxSkew); err != nil {
		return err
	}
	if err := l.checkClock(now, a.options.MaxSkew); err != nil {
		return err
	}
	if err := a.options.Binding.check(l, c); err != nil {
		return err
	}
	return a.options.Replays.check(l, now, a.options.MaxSkew)
}

// identity is that of the ticket, and what its PAC says of the account and its
// groups. The name in the ticket is how the client has called itself: that may be
// the userPrincipalName of its account, which can be made to look like the name of
// another one, and the PAC has the name that the directory gives it. A PAC that
// cannot be trusted says nothing; the ticket is as good as without one.
func (a *Acceptor) identity(ctx context.Context, l *logon) *authn.Identity {
	id := &authn.Identity{Mechanism: authn.Kerberos, Name: l.client.name, Realm: l.client.realm}
	if len(l.pac) == 0 {
		return id
	}
	p, err := readPAC(l, a.library)
	if err != nil {
		a.options.Log.WarnContext(ctx, "the PAC of a ticket is not used", "principal", id.String(), "err", err)
		return id
	}
	id.SID, id.Groups = p.sid, p.groups
	if p.account != "" {
		id.Name = p.account
	}
	if l.vouchesFor(p.domain) {
		id.Domain = p.domain
	}
	return id
}

// vouchesFor reports whether the realm of the client can be believed that a
// NetBIOS domain is its own. Domain controllers of other realms fill in what they
// like, and ours correct nothing but SIDs ([MS-PAC] 4.1.2.2): a name from there
// counts when it is the one that goes with the realm.
func (l *logon) vouchesFor(domain string) bool {
	label, _, _ := strings.Cut(l.client.realm, ".")
	return l.client.realm == l.service.realm() || strings.EqualFold(label, domain)
}
