package forest

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is what EWS or Graph remembers of a request. It holds no credentials.
type Request struct {
	Time            time.Time
	Method, Path    string
	Host            string // as asked for
	Remote          string // address of the connection, to tell connections apart
	UserAgent       string
	Anchor          string   // X-AnchorMailbox, or the mailbox in the path of Graph
	RequestID       string   // that the answer is called by
	ClientRequestID string   // client-request-id
	Authorization   string   // the scheme alone, "" without the header
	Actor           string   // nameid of an accepted actor token, or application id of an access token
	OnBehalfOf      string   // mailbox that an accepted token speaks for
	Operation       string   // name of the element that asks, such as GetMailTips, or of the action of Graph
	Mailboxes       []string // asked for, in order
	Status          int      // of the answer; 0 when there was none
}

// journalEntries bounds a Journal, so that a forest under load does not grow.
const journalEntries = 10_000

// Journal keeps the latest Requests and counts all. The zero Journal is empty;
// it may be used from several goroutines and must not be copied.
type Journal struct {
	mu       sync.Mutex // guards what follows
	requests []Request
	total    int
	lookups  int
	asked    map[string]int
}

func (j *Journal) add(r Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.requests) == journalEntries {
		j.requests = slices.Delete(j.requests, 0, journalEntries/2)
	}
	j.requests = append(j.requests, r)
	j.total++
	if j.asked == nil {
		j.asked = map[string]int{}
	}
	for _, address := range r.Mailboxes {
		j.asked[strings.ToLower(address)]++
		j.lookups++
	}
}

// Requests returns the latest requests, oldest first, refused ones included.
func (j *Journal) Requests() []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.requests)
}

// Total is how many requests there were.
func (j *Journal) Total() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.total
}

// Lookups is how many mailboxes were asked for in all requests, twice in one
// request counted twice.
func (j *Journal) Lookups() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lookups
}

// Asked is how often the address was asked for, twice in one request counted
// twice.
func (j *Journal) Asked(address string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.asked[strings.ToLower(address)]
}

// Clear forgets everything.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests, j.total, j.lookups, j.asked = nil, 0, 0, nil
}
