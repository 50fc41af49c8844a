package s2s

import (
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Entra is Microsoft Entra ID as far as an application without users meets it:
// it gives access tokens to applications that prove who they are with a
// certificate (v2-oauth2-client-creds-grant-flow, certificate-credentials). It
// serves
//
//	POST /<tenant>/oauth2/v2.0/token
//	GET  /<tenant>/v2.0/.well-known/openid-configuration
//	GET  /<tenant>/discovery/v2.0/keys
//	GET  /common/discovery/instance
//
// where a tenant is called by its GUID or by one of its domains. It is stricter
// than the real one wherever a document says what is right. It must not be
// copied.
type Entra struct {
	Host        string    // that assertions must be meant for, such as login.microsoftonline.com
	Signing     []KeyPair // the first signs, all are published
	Directories []Directory

	AssertionLife time.Duration     // the longest that an assertion may live; 0 is 10 minutes, the most that is advised
	TokenLife     time.Duration     // of access tokens, from now; 0 is an hour less a second
	Alter         func(Draft) Draft // changes access tokens before they are signed; may be nil
	Refuse        EntraError        // with a Code, refuses whoever asks
	Ahead         time.Duration     // how far its clock is wrong

	TokenFault, MetadataFault Fault

	mu               sync.Mutex // guards the fields while serving, and these
	requests         []EntraRequest
	metadataRequests int
	shown            map[string]time.Time // assertions by issuer and jti, until they expire
}

var _ http.Handler = (*Entra)(nil)

// EntraRequest is what Entra remembers of a request for a token: no assertion.
type EntraRequest struct {
	Time            time.Time
	Tenant          string // of the path
	Client          string // client_id, whether or not it was believed
	Scope           string
	Algorithm       string // alg of the assertion
	ClientRequestID string // client-request-id
	Status          int
	Code            int // AADSTS number of the refusal
}

// Change runs f while no request is being judged, so that f may set fields of
// an Entra that serves.
func (e *Entra) Change(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
}

// Requests returns what tokens were asked for, oldest first.
func (e *Entra) Requests() []EntraRequest {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.requests)
}

// MetadataRequests counts how often any of its documents was read.
func (e *Entra) MetadataRequests() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.metadataRequests
}

// Certificates returns those that tokens are signed with today.
func (e *Entra) Certificates() []*x509.Certificate {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []*x509.Certificate
	for _, k := range e.Signing {
		all = append(all, k.Certificate)
	}
	return all
}

// TokenEndpoint is the URL of the token endpoint of a tenant, and the audience
// of assertions for it.
func (e *Entra) TokenEndpoint(tenant string) string {
	return "https://" + e.Host + "/" + tenant + "/oauth2/v2.0/token"
}

// ServeHTTP implements [http.Handler].
func (e *Entra) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case rest == "oauth2/v2.0/token":
		e.answerToken(r, tenant).send(w, r)
	case rest == "discovery/instance" && tenant == "common" && r.Method == http.MethodGet:
		e.answerInstance().send(w, r)
	case rest == "v2.0/.well-known/openid-configuration" && r.Method == http.MethodGet:
		e.answerConfiguration(tenant).send(w, r)
	case rest == "discovery/v2.0/keys" && r.Method == http.MethodGet:
		e.answerKeys(tenant).send(w, r)
	default:
		http.NotFound(w, r)
	}
}
