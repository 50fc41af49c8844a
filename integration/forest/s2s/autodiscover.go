package s2s

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Autodiscover is the SOAP service that says where a user's Exchange Web
// Services are ([MS-OXWSADISC] GetUserSettings), behind server-to-server OAuth,
// with as many faults as the field has shown. It serves
//
//	POST /autodiscover/autodiscover.svc, any case, with any segments between
//	GET  /autodiscover/metadata/json/1, /metadata/json/1
//
// and must not be copied. Without a Verifier it lets nobody pass.
type Autodiscover struct {
	Verifier    *Verifier
	AppVerifier *AppVerifier // for access tokens of Entra; nil takes none
	Challenge   Challenge
	Metadata    Metadata // of the Exchange organisation itself

	// Known reports whether there is such a mailbox. Nil knows nobody.
	Known func(address string) bool
	// Settings are what every known user gets. AutoDiscoverSMTPAddress is made
	// from the address that was asked for.
	Settings map[string]string
	// Behaviours by lower-case address, or "*" for everybody without their own.
	Behaviours map[string]Behaviour

	BatchLimit   int  // most users in one request; 0 is 90
	AnchorNeeded bool // X-AnchorMailbox must name a known mailbox
	CheckTo      bool // wsa:To must name the host and path that was posted to
	AnyOrder     bool // read elements in any order, which WCF does not

	mu       sync.Mutex     // guards the fields while serving, and these
	met      map[string]int // how often a Behaviour with Times was met
	requests []AutodiscoverRequest
}

var _ http.Handler = (*Autodiscover)(nil)

// AutodiscoverRequest is what the service remembers of a request: never a token.
type AutodiscoverRequest struct {
	Time               time.Time
	Method, Host, Path string
	UserAgent, Anchor  string
	Authorization      string // the scheme alone; "" without the header
	Caller             Caller // of an accepted token

	Action, To, RequestedServerVersion string
	Users, Settings                    []string

	Status      int
	Diagnostics string // x-ms-diagnostics of a refusal
}

// Change runs f while no request is being judged, so that f may set fields of a
// service that serves.
func (a *Autodiscover) Change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

// Requests returns what was asked of the service, oldest first; requests for
// the metadata are not among them.
func (a *Autodiscover) Requests() []AutodiscoverRequest {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.requests)
}

var (
	servicePath  = regexp.MustCompile(`(?i)^/autodiscover/(?:[^/]+/)*autodiscover\.svc$`)
	metadataPath = regexp.MustCompile(`(?i)^(?:/autodiscover)?/metadata/json/1$`)
)

// mostRequestBytes is maxReceivedMessageSize of the real service.
const mostRequestBytes = 8 << 20

// ServeHTTP implements [http.Handler].
func (a *Autodiscover) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case metadataPath.MatchString(r.URL.Path):
		a.metadata().ServeHTTP(w, r)
	case servicePath.MatchString(r.URL.Path):
		a.serve(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (a *Autodiscover) metadata() Metadata {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.Metadata
}

// serve judges the token before it reads the body, so that a caller with Expect:
// 100-continue is refused without having sent it.
func (a *Autodiscover) serve(w http.ResponseWriter, r *http.Request) {
	caller, refusal := a.verify(r)
	seen := AutodiscoverRequest{
		Time: time.Now(), Method: r.Method, Host: r.Host, Path: r.URL.Path, Caller: caller,
		UserAgent: r.UserAgent(), Anchor: r.Header.Get("X-AnchorMailbox"),
	}
	seen.Authorization, _, _ = strings.Cut(r.Header.Get("Authorization"), " ")
	var body []byte
	var failed error
	if refusal == nil || r.Header.Get("Expect") == "" {
		body, failed = io.ReadAll(http.MaxBytesReader(w, r.Body, mostRequestBytes))
	}
	q := a.read(r, body, failed)
	seen.Action, seen.To, seen.RequestedServerVersion = q.action, q.to, q.version
	seen.Users, seen.Settings = q.users, q.settings
	a.answer(r, q, refusal, &seen).send(w, r)
}

func (a *Autodiscover) verify(r *http.Request) (Caller, *Refusal) {
	a.mu.Lock()
	v, apps := a.Verifier, a.AppVerifier
	a.mu.Unlock()
	if apps != nil && IsAppToken(r.Header.Get("Authorization")) {
		app, refusal := apps.VerifyRequest(r, time.Now())
		return Caller{Issuer: EntraIssuer(app.Tenant), Actor: app.AppID, Expires: app.Expires}, refusal
	}
	if v == nil {
		v = &Verifier{}
	}
	return v.VerifyRequest(r, time.Now())
}

// answer decides everything there is to say and remembers the request.
func (a *Autodiscover) answer(r *http.Request, q *question, refusal *Refusal, seen *AutodiscoverRequest) reply {
	a.mu.Lock()
	defer a.mu.Unlock()
	whole := a.meet(q, refusal == nil)
	var p reply
	switch {
	case whole.BasicOnly:
		p = reply{status: http.StatusUnauthorized, header: http.Header{"Www-Authenticate": {`Basic realm=""`}}}
	case refusal != nil:
		p = refusalReply(refusal, a.Challenge)
	default:
		p = a.pass(r, q, whole)
	}
	p.slowHeaders, p.slowBody = whole.SlowHeaders, whole.SlowBody
	seen.Status, seen.Diagnostics = p.status, p.header.Get("x-ms-diagnostics")
	a.requests = append(a.requests, *seen)
	return p
}

// pass answers a caller whose token has passed.
func (a *Autodiscover) pass(r *http.Request, q *question, whole Behaviour) reply {
	if p, done := whole.exchange(r); done {
		return p
	}
	switch anchor := r.Header.Get("X-AnchorMailbox"); {
	case r.Method != http.MethodPost:
		return reply{status: http.StatusMethodNotAllowed, header: http.Header{"Allow": {http.MethodPost}}}
	case syntheticAnchor.MatchString(anchor):
		return anchorNotFound("MailboxGuidWithDomainNotFound")
	case a.AnchorNeeded && !a.known(anchor):
		return anchorNotFound("AnchorMailboxNotFound")
	case q.status != 0:
		return reply{status: q.status}
	}
	if code := q.faultCode(a.CheckTo, r); code != "" {
		return faultReply(code, whole.Shape)
	}
	if whole.SOAPFault != "" {
		return faultReply(whole.SOAPFault, whole.Shape)
	}
	return documentReply(http.StatusOK, a.userSettings(q, whole).document(q.messageID, whole.Shape), whole.Shape)
}

func (a *Autodiscover) known(address string) bool {
	return a.Known != nil && a.Known(strings.ToLower(address))
}

// syntheticAnchor is GUID@domain, as older Exchange makes it up to find a
// forest by DNS. No newer server has a mailbox by that name.
var syntheticAnchor = regexp.MustCompile(`(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@`)

func anchorNotFound(why string) reply {
	header := http.Header{"Content-Type": {"text/plain; charset=utf-8"}}
	return reply{status: http.StatusNotFound, header: header, body: []byte(why)}
}
