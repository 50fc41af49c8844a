package server

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"availproxy/cmd/internal/config"
	"availproxy/discovery"
	"availproxy/oauth"
)

// authServer is one of auth_servers: an *oauth.ACS or an *oauth.Entra.
type authServer interface {
	Name() string
	Run(context.Context) error
	Held() []oauth.HeldToken
}

// authServers are those that are enabled.
type authServers struct {
	byName  map[string]authServer
	signing []signer
}

// signer is a set of certificates that we sign with.
type signer struct {
	server string // the auth server that they are for; "" for those of auth_config
	oauth.Certificates
}

// String names the certificates.
func (s signer) String() string {
	if s.server == "" {
		return "auth certificate"
	}
	return "certificate of auth server " + s.server
}

// newAuthServers makes a client for each auth server that is enabled. The
// certificate of an auth server defaults to that of auth_config.
func newAuthServers(c *config.Config, own oauth.Certificates, o Options) (authServers, error) {
	all := authServers{byName: map[string]authServer{}}
	for _, s := range c.AuthServers {
		if !s.Enabled {
			continue
		}
		base, err := outbound(c, s.TrustedRoots, s.AllowedNetworks.Prefixes(), o.wire)
		if err != nil {
			return all, fmt.Errorf("auth server %s: %w", s.Name, err)
		}
		signing := own
		if s.Certificate.IsSet() {
			special, err := certificate("auth server "+s.Name, s.Certificate)
			if err != nil {
				return all, err
			}
			signing = oauth.Certificates{Current: special}
			all.signing = append(all.signing, signer{s.Name, signing})
		}
		all.byName[s.Name] = newAuthServer(c, s, signing, base, o.Log)
	}
	if own.Current != nil || len(all.signing) == 0 {
		all.signing = append([]signer{{"", own}}, all.signing...)
	}
	return all, nil
}

func newAuthServer(c *config.Config, s config.AuthServer, signing oauth.Certificates, base http.RoundTripper, log *slog.Logger) authServer {
	if s.Type == config.AzureAD {
		return &oauth.Entra{
			ServerName: s.Name, ApplicationID: string(s.ApplicationIdentifier), Certificates: signing, Base: base, Log: log,
			Endpoint: cmp.Or(string(s.TokenIssuingEndpoint), oauth.EntraEndpoint(c.Cloud(s.Cloud).Login, s.Tenant)),
		}
	}
	return &oauth.ACS{
		ServerName: s.Name, MetadataURL: string(s.AuthMetadataURL), Realm: s.Realm, IssuerIdentifier: s.IssuerIdentifier,
		TokenIssuingEndpoint: string(s.TokenIssuingEndpoint), Certificates: signing, ServiceName: c.AuthConfig.ServiceName,
		Base: base, Log: log,
	}
}

// unusable says why nothing can be signed at that time, if so: one certificate
// that is over must not cost the forests of the others their answers.
func (a authServers) unusable(at time.Time) []string {
	var reasons []string
	for _, signing := range a.signing {
		if err := signing.Check(at); err != nil {
			reasons = append(reasons, fmt.Sprintf("%s: %v", signing, err))
		}
	}
	if len(reasons) < len(a.signing) {
		return nil
	}
	return reasons
}

// background is the work of the auth servers.
func (a authServers) background() []func(context.Context) error {
	var all []func(context.Context) error
	for _, s := range a.byName {
		all = append(all, s.Run)
	}
	return all
}

// authorizer sends requests with the tokens of a connector, or shows what it
// would send.
type authorizer interface {
	http.RoundTripper
	Token(context.Context, *url.URL) (oauth.Token, error)
}

// authorizer is that of the connector when it acts for actAs, to hosts alone. A
// token of Entra ID names the application, whatever actAs is: on whose behalf it
// asks is for [ews.Client] to say.
func (f *forest) authorizer(c *config.Config, actAs config.ActAs, base http.RoundTripper, hosts discovery.Hosts) authorizer {
	if entra, ok := f.server.(*oauth.Entra); ok {
		return &oauth.EntraTransport{Base: base, Tokens: entra, Allowed: hosts.Allows, Scope: f.discover.Cloud.ExchangeScope}
	}
	transport := &oauth.Transport{Base: base, ActAs: string(actAs), ServiceName: c.AuthConfig.ServiceName, Allowed: hosts.Allows}
	if acs, ok := f.server.(*oauth.ACS); ok {
		transport.Tokens = acs
	} else {
		transport.Tokens = f.self
	}
	return transport
}
