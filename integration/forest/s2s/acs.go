package s2s

import (
	"crypto/x509"
	"net/http"
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
	Host      string    // that assertions must be meant for, accounts.accesscontrol.windows.net
	BaseURL   string    // where the metadata says it is; "" is https://Host
	Principal string    // "" is ACSPrincipal
	Signing   []KeyPair // the first signs, all are published
	Unlisted  int       // how many of the first Signing keys the metadata does not show yet
	Tenants   []Tenant

	AssertionLife time.Duration     // the longest that an assertion may live; 0 is an hour
	TokenLife     time.Duration     // of actor tokens, from now; 0 is 24 hours
	NewerCodes    bool              // AADSTS700027 for a wrong key, as the v2 endpoint says it
	Alter         func(Draft) Draft // changes actor tokens before they are signed

	TokenFault, MetadataFault Fault

	mu       sync.Mutex // guards the fields while serving, and what follows
	requests []TokenRequest
	metadata int
}

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

// Change runs f while no request is being answered, so that f may set fields of
// an ACS that serves.
func (a *ACS) Change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

// Requests returns what was asked for, oldest first.
func (a *ACS) Requests() []TokenRequest { return nil }

// MetadataRequests counts how often the metadata was read.
func (a *ACS) MetadataRequests() int { return 0 }

// Roll puts a new signing key first. Verifiers that hold older Certificates
// will not know it.
func (a *ACS) Roll(k KeyPair) {}

// Issuer is what a Verifier has to believe to take this ACS's tokens for one
// tenant: all keys of today, and the tenant's own clients.
func (a *ACS) Issuer(tenant string) Issuer { return Issuer{} }

// ServeHTTP implements [http.Handler].
func (a *ACS) ServeHTTP(w http.ResponseWriter, r *http.Request) {}
