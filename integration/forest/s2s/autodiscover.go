package s2s

import (
	"net/http"
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
// and must not be copied.
type Autodiscover struct {
	Verifier  *Verifier
	Challenge Challenge
	Metadata  Metadata // of the Exchange organisation itself

	// Known reports whether there is such a mailbox. Nil knows nobody.
	Known func(address string) bool
	// Settings are what every known user gets. AutoDiscoverSMTPAddress is made
	// from the address that was asked for.
	Settings map[string]string
	// Behaviours by lower-case address, or "*" for everybody without their own.
	Behaviours map[string]Behaviour

	BatchLimit   int  // most users in one request; 0 is 90
	AnchorNeeded bool // X-AnchorMailbox must name a known mailbox
	CheckTo      bool // wsa:To must be the URL that was posted to
	AnyOrder     bool // read elements in any order, which WCF does not

	mu       sync.Mutex // guards the fields while serving, and what follows
	met      map[string]int
	requests []AutodiscoverRequest
}

// Behaviour is what happens to a user. The zero Behaviour is what the directory
// says: settings for a known mailbox, InvalidUser for another.
type Behaviour struct {
	Times int // how many requests it hits before all is well again; 0 is all of them

	// For this user alone.
	Code           string            // an ErrorCode, such as RedirectAddress, InvalidUser, ServerBusy
	RedirectTarget string            // with RedirectAddress or RedirectUrl
	Settings       map[string]string // over those of the service; an empty value is SettingIsNotAvailable
	Silent         []string          // settings that are left out without a word

	// For the whole answer, as soon as the request names this user.
	ResponseCode string // an ErrorCode at the level of the response; RedirectTarget goes with RedirectUrl
	SOAPFault    string // local name of a fault code, such as DestinationUnreachable
	Short        int    // answer only the first n users; -1 answers none
	Shape        Shape

	// For the whole exchange, once the token has passed.
	Status     int    // 301, 302, 307, 401, 404, 405, 456, 503, or 200 with Body
	Location   string // with a redirect
	Hops       int    // redirect that often to ourselves, by longer and longer paths
	RetryAfter time.Duration
	Body       string
	BasicOnly  bool // 401 that offers Basic alone, whatever the token

	SlowHeaders, SlowBody time.Duration
}

// Shape is how the answering document is written. The zero Shape is WCF's: no
// declaration, default namespace.
type Shape struct {
	Declaration    bool // begin with an XML declaration
	ByteOrderMark  bool
	UTF16          bool
	Doctype        bool
	Prefixed       bool // qualified names with a prefix instead of a default namespace
	WrongNamespace bool // https instead of http, as in the published pages
	Truncated      bool // end in the middle
	Padding        int  // that many bytes of comment before the end
}

// AutodiscoverRequest is what the service remembers of a request.
type AutodiscoverRequest struct {
	Time                   time.Time
	Method, Host, Path     string
	UserAgent, Anchor      string
	Authorization          string // the scheme alone, "" without the header
	Caller                 Caller // of an accepted token
	Action, To             string
	RequestedServerVersion string
	Users, Settings        []string
	Status                 int
	Diagnostics            string // x-ms-diagnostics of a refusal
}

// Change runs f while no request is being answered, so that f may set fields of
// a service that serves.
func (a *Autodiscover) Change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

// Requests returns what was asked, oldest first.
func (a *Autodiscover) Requests() []AutodiscoverRequest { return nil }

// ServeHTTP implements [http.Handler].
func (a *Autodiscover) ServeHTTP(w http.ResponseWriter, r *http.Request) {}
