package server

import (
	"context"
	"fmt"
	"strings"

	"availproxy/cmd/internal/config"
	"availproxy/ews"
	"availproxy/ews/authn"
	"availproxy/freebusy"
	"availproxy/oauth"
)

// serializers decide who may name the user whom a question is asked for. That
// is worth as much as being that user: by name, only computer accounts may.
type serializers struct {
	listed  authn.Rules // empty: computer accounts that may ask at all
	domains []string    // a requester of any other is nobody
}

func newSerializers(c *config.Config) (s serializers, err error) {
	s.listed, err = authn.ParseRules(words(c.Clients.TokenSerialization))
	if err != nil {
		return s, fmt.Errorf("clients.token_serialization: %w", err)
	}
	s.domains = words(c.AcceptedDomains)
	return s, nil
}

// scope is that of the requester, for [ews.Handler]. Whoever comes from an
// anonymous network has proved nothing, so that nobody is named by it.
func (s serializers) scope(ctx context.Context, claimed *ews.SecurityContext) (freebusy.Scope, error) {
	id, ok := authn.FromContext(ctx)
	if claimed == nil || !ok || id.Mechanism == authn.Network {
		return freebusy.Scope{}, nil
	}
	if !s.may(id) {
		return freebusy.Scope{}, ews.TokenSerializationDenied(id.String())
	}
	if err := claimed.Check(); err != nil {
		return freebusy.Scope{}, err
	}
	requester := freebusy.SMTP(claimed.PrimarySmtpAddress)
	if !s.ours(requester.Domain()) {
		return freebusy.Scope{}, nil
	}
	return freebusy.Scope{Requester: requester.Key()}, nil
}

func (s serializers) may(id authn.Identity) bool {
	if len(s.listed) > 0 {
		return s.listed.Name(id)
	}
	return strings.HasSuffix(id.Name, "$") && (id.Mechanism == authn.Kerberos || id.Mechanism == authn.NTLM)
}

func (s serializers) ours(domain string) bool {
	for _, accepted := range s.domains {
		if config.Domain(accepted).Matches(domain) {
			return true
		}
	}
	return false
}

// narrow is the scope in which a mailbox is asked for, for [freebusy.Scoping]:
// the requester matters where the connector acts as the requester, and then
// there must be one.
func (p policy) narrow(asked freebusy.Scope, m freebusy.Mailbox) (freebusy.Scope, *freebusy.Error) {
	name, ok := p.directory.ConnectorFor(m)
	if !ok || p.forests[name].connector.ActAs != config.ActAsRequester {
		return freebusy.Scope{}, nil
	}
	if asked.Requester == "" {
		return asked, freebusy.NoFreeBusyAccess(fmt.Errorf("server: connector %s has act_as requester, and the question names no requester of our accepted_domains", name))
	}
	return asked, nil
}

// impersonates says whose rights count where the token names the application
// alone, for [ews.Client]; nil where the token names the user or nobody does.
func (f *forest) impersonates() func(freebusy.Scope) string {
	if _, ok := f.server.(*oauth.Entra); !ok || f.connector.ActAs == config.ActAsApplication {
		return nil
	}
	if f.connector.ActAs == config.ActAsRequester {
		return func(s freebusy.Scope) string { return s.Requester }
	}
	return func(freebusy.Scope) string { return f.connector.ActAs.Address() }
}

// asRequester is a Source that gives the requester to the token of each request
// behind it.
type asRequester struct{ freebusy.Source }

// Availability implements [freebusy.Source].
func (a asRequester) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	return a.Source.Availability(oauth.WithUser(ctx, q.Scope.Requester), q)
}
