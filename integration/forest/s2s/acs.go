package s2s

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// ACS is the Access Control Service: it publishes its keys and gives actor
// tokens to applications that prove who they are. It serves
//
//	GET  /<realm>/metadata/json/1, /metadata/json/1[/][?realm=<realm>]
//	POST /<tenant>/tokens/OAuth/2
//
// and must not be copied.
type ACS struct {
	Host      string    // that assertions must be meant for, such as accounts.accesscontrol.windows.net
	BaseURL   string    // where the metadata says it is; "" is https://Host
	Principal string    // "" is ACSPrincipal
	Signing   []KeyPair // the first signs, all are published
	Unlisted  int       // how many of the first Signing keys the metadata does not show yet
	Tenants   []Tenant

	AssertionLife time.Duration     // the longest that an assertion may live; 0 is an hour
	TokenLife     time.Duration     // of actor tokens, from now; 0 is 24 hours
	NewerCodes    bool              // AADSTS700027 for a wrong key, as newer endpoints say it
	Alter         func(Draft) Draft // changes actor tokens before they are signed; may be nil
	Refuse        int               // an AADSTS number that every request is refused with
	Ahead         time.Duration     // how far its clock is wrong

	TokenFault, MetadataFault Fault

	mu               sync.Mutex // guards the fields while serving, and these
	requests         []TokenRequest
	metadataRequests int
}

var _ http.Handler = (*ACS)(nil)

// Tenant is a realm that ACS knows.
type Tenant struct {
	ID      string   // the GUID
	Domains []string // verified, usable instead of the ID
	Clients []Client
	// Resources are the service principal names that tokens may be asked for:
	// principal/host, where host may be *.contoso.com for one label more.
	Resources []string
}

// Client is an application with its keys.
type Client struct {
	ID           string // its principal
	ObjectID     string
	Certificates []*x509.Certificate
}

// TokenRequest is what ACS remembers of a request for a token: no assertion.
type TokenRequest struct {
	Time     time.Time
	Realm    string // of the path
	Client   string // iss of the assertion, whether or not it was believed
	Resource string
	X5T      string
	Status   int
	Codes    []int // AADSTS numbers of the refusal
}

// Change runs f while no request is being judged, so that f may set fields of
// an ACS that serves.
func (a *ACS) Change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

// Roll puts a new signing key first and keeps the older four. Verifiers that
// hold an Issuer of before will not know it.
func (a *ACS) Roll(k KeyPair) {
	a.Change(func() {
		const published = 5 // as seen at the real one
		older := a.Signing[:min(len(a.Signing), published-1)]
		a.Signing = append([]KeyPair{k}, older...)
	})
}

// Issuer is what a Verifier has to believe to take this ACS's tokens for one
// tenant: all keys of today, and the tenant's own clients.
func (a *ACS) Issuer(tenant string) Issuer {
	a.mu.Lock()
	defer a.mu.Unlock()
	issuer := Issuer{Name: a.principal() + "@" + tenant}
	for _, k := range a.Signing {
		issuer.Certificates = append(issuer.Certificates, k.Certificate)
	}
	if t := a.tenant(tenant); t != nil {
		for _, client := range t.Clients {
			issuer.Partners = append(issuer.Partners, client.ID+"@"+t.ID)
		}
	}
	return issuer
}

// Requests returns what tokens were asked for, oldest first.
func (a *ACS) Requests() []TokenRequest {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.requests)
}

// MetadataRequests counts how often the metadata was read.
func (a *ACS) MetadataRequests() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.metadataRequests
}

// ServeHTTP implements [http.Handler].
func (a *ACS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if realm, ok := strings.CutSuffix(path, "/tokens/OAuth/2"); ok && !strings.Contains(realm, "/") {
		a.answerToken(r, realm).send(w, r)
		return
	}
	if realm, ok := metadataRealm(r.URL); ok && r.Method == http.MethodGet {
		a.answerMetadata(realm).send(w, r)
		return
	}
	http.NotFound(w, r)
}

// metadataRealm reads the realm from any of the addresses that the documents of
// Exchange give; "" asks for no realm in particular.
func metadataRealm(u *url.URL) (realm string, ok bool) {
	const document = "/metadata/json/1"
	if path := strings.TrimSuffix(u.Path, "/"); path == document {
		return u.Query().Get("realm"), true
	}
	realm, ok = strings.CutSuffix(strings.TrimPrefix(u.Path, "/"), document)
	return realm, ok && realm != "" && !strings.Contains(realm, "/")
}

func (a *ACS) principal() string {
	if a.Principal == "" {
		return ACSPrincipal
	}
	return a.Principal
}

// tenant finds a tenant by its GUID or by a verified domain.
func (a *ACS) tenant(realm string) *Tenant {
	for i, t := range a.Tenants {
		named := func(domain string) bool { return strings.EqualFold(domain, realm) }
		if named(t.ID) || slices.ContainsFunc(t.Domains, named) {
			return &a.Tenants[i]
		}
	}
	return nil
}
