package history

import (
	"time"
)

// Story is one question from its arrival to its answer. There is no address in it
// but by what [Show] lets through, no token and no SID. Its JSON form is a contract.
type Story struct {
	ID      string    `json:"id"` // the trace id, as in the log
	At      time.Time `json:"at"`
	MS      float64   `json:"ms"`
	Outcome string    `json:"outcome"` // answered, partial, failed, fault

	Causes   []string `json:"causes,omitempty"`   // ids for `availproxy explain`
	Remedies []string `json:"remedies,omitempty"` // each begins with the code that it is for

	Who       Who        `json:"who"`
	Asked     *Asked     `json:"asked,omitempty"` // nil where the question could not be read
	Fault     *Fault     `json:"fault,omitempty"` // in place of answers
	Mailboxes []Mailbox  `json:"mailboxes"`
	Discovery []Step     `json:"discovery"` // what autodiscover was asked, and where
	Tokens    []Token    `json:"tokens"`
	Upstream  []Exchange `json:"upstream"` // every request that left for this question
	Hops      []Hop      `json:"hops"`     // the whole path, in the order of time
}

// Who asked.
type Who struct {
	Principal       string `json:"principal,omitempty"` // as in clients.allow
	Mechanism       string `json:"mechanism,omitempty"`
	Caller          string `json:"caller,omitempty"`     // build of the Exchange server
	Generation      string `json:"generation,omitempty"` // that it is answered as
	Requester       string `json:"requester,omitempty"`  // the person it asked for
	ClientRequestID string `json:"clientRequestId,omitempty"`
	MessageID       string `json:"messageId,omitempty"`
}

// Asked is what was wanted of the mailboxes.
type Asked struct {
	From            time.Time `json:"from"`
	To              time.Time `json:"to"`
	Detail          string    `json:"detail"`
	IntervalMinutes int       `json:"intervalMinutes"`
	View            string    `json:"view,omitempty"`
}

// Mailbox is how it went with one.
type Mailbox struct {
	Mailbox   string `json:"mailbox"` // keyed hash, or the address with admin.allow_mailboxes
	Code      string `json:"responseCode"`
	Text      string `json:"messageText,omitempty"`
	Reason    string `json:"reason,omitempty"` // which callers are not told
	Cause     string `json:"cause,omitempty"`
	Connector string `json:"connector,omitempty"`
	Backend   string `json:"backend,omitempty"`
	Endpoint  string `json:"endpoint,omitempty"`
	RequestID string `json:"requestId,omitempty"` // of the answer, also of one from memory
	Stale     bool   `json:"stale,omitempty"`
}

// Fault is the answer to a question that failed as a whole.
type Fault struct {
	Code   string `json:"responseCode"`
	Text   string `json:"messageText,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Step is one thing that discovery did.
type Step struct {
	Name   string  `json:"name"`
	Server string  `json:"server,omitempty"`
	Status string  `json:"status,omitempty"` // of HTTP
	Code   string  `json:"code,omitempty"`   // of autodiscover
	From   string  `json:"from,omitempty"`   // fixed, fresh, negative, stale or miss: where it was known from
	MS     float64 `json:"ms"`
	Error  string  `json:"error,omitempty"`
}

// Token is one that was used, without what would make it one.
type Token struct {
	AuthServer string  `json:"authServer"`
	Outcome    string  `json:"outcome"`
	FromMemory bool    `json:"fromMemory"`
	Claims     string  `json:"claims,omitempty"` // header and claims as Test-OAuthConnectivity shows them
	MS         float64 `json:"ms"`
	Error      string  `json:"error,omitempty"`
}

// Exchange is one request to another server, and its answer.
type Exchange struct {
	Server          string  `json:"server"`
	Method          string  `json:"method,omitempty"`
	URL             string  `json:"url,omitempty"`
	Status          string  `json:"status,omitempty"`
	ClientRequestID string  `json:"clientRequestId,omitempty"` // what we called it
	RequestID       string  `json:"requestId,omitempty"`       // what the server did
	Diagnostics     string  `json:"diagnostics,omitempty"`     // x-ms-diagnostics
	MS              float64 `json:"ms"`
	Error           string  `json:"error,omitempty"`
}

// Hop is one span of the trace.
type Hop struct {
	Name       string            `json:"name"`
	Depth      int               `json:"depth"`
	StartMS    float64           `json:"startMs"` // since the question came
	MS         float64           `json:"ms"`
	Late       bool              `json:"late,omitempty"` // it ended after the answer
	Attributes map[string]string `json:"attributes"`
	Error      string            `json:"error,omitempty"`
}

// Refusal is a kind of clients that were not let in.
type Refusal struct {
	ID        string    `json:"id"` // the trace id of the last one
	At        time.Time `json:"at"`
	Times     int       `json:"times"`
	Decision  string    `json:"decision"`
	Mechanism string    `json:"mechanism,omitempty"`
	Reason    string    `json:"reason"`
	Principal string    `json:"principal,omitempty"`
	Client    string    `json:"client"` // the address of the last one
}

// Document is all that is remembered, the newest first.
type Document struct {
	Questions []Story   `json:"questions"`
	Failures  []Story   `json:"failures"`
	Refusals  []Refusal `json:"refusals"`
}
