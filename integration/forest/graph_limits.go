package forest

import (
	"cmp"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// GraphLimits holds an application to what it may ask of one mailbox, and counts
// what it asks (throttling-limits, "Outlook service limits"). The mailbox is that
// in the path, whomever the schedules belong to. The zero GraphLimits has the
// documented limits; it may be used from several goroutines and must not be
// copied.
type GraphLimits struct {
	Concurrent int           // requests at once; 0 is 4
	Requests   int           // in 10 minutes; 0 is 10,000
	RetryAfter time.Duration // that whoever exceeds them is told; 0 is 1 s

	mu         sync.Mutex // guards what follows
	anchors    map[string]*anchorUse
	violations map[string]int
	requests   int
}

// anchorUse is what one application asks of one mailbox.
type anchorUse struct {
	anchor             string
	now, most          int
	requests, inPeriod int
	period             time.Time // when the period of 10 minutes began
}

// GraphCounts is what was asked of Graph with a token that passed.
type GraphCounts struct {
	Requests   int
	ByAnchor   map[string]int // requests, by the lower-case address in the path
	MostAtOnce map[string]int // by the same address, of one application
	// Violations counts requests that were refused because they exceeded a limit, by
	// what they exceeded: MailboxConcurrency, MailboxRequests, or a code such as
	// ErrorMailboxDataArrayTooBig.
	Violations map[string]int
}

// Counts returns what was counted until now.
func (l *GraphLimits) Counts() GraphCounts {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := GraphCounts{Requests: l.requests, ByAnchor: map[string]int{}, MostAtOnce: map[string]int{}, Violations: map[string]int{}}
	for _, use := range l.anchors {
		c.ByAnchor[use.anchor] += use.requests
		c.MostAtOnce[use.anchor] = max(c.MostAtOnce[use.anchor], use.most)
	}
	maps.Copy(c.Violations, l.violations)
	return c
}

// enter takes a place among those that ask at once, until leave is called.
func (l *GraphLimits) enter(app, anchor string, now time.Time) (leave func(), refused *graphError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	use := l.use(app, anchor)
	l.requests++
	use.requests++
	if now.Sub(use.period) >= 10*time.Minute {
		use.period, use.inPeriod = now, 0
	}
	use.inPeriod++
	use.now++
	use.most = max(use.most, use.now)
	leave = func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		use.now--
	}
	switch {
	case use.now > cmp.Or(l.Concurrent, 4):
		refused = l.over("MailboxConcurrency")
	case use.inPeriod > cmp.Or(l.Requests, 10_000):
		refused = l.over("MailboxRequests")
	}
	if refused != nil {
		use.now--
		return nil, refused
	}
	return leave, nil
}

func (l *GraphLimits) use(app, anchor string) *anchorUse {
	if l.anchors == nil {
		l.anchors = map[string]*anchorUse{}
	}
	key := app + " " + anchor
	if l.anchors[key] == nil {
		l.anchors[key] = &anchorUse{anchor: anchor}
	}
	return l.anchors[key]
}

func (l *GraphLimits) over(limit string) *graphError {
	l.violated(limit)
	return &graphError{http.StatusTooManyRequests, "ApplicationThrottled", "Application is over its " + limit + " limit.", cmp.Or(l.RetryAfter, time.Second)}
}

func (l *GraphLimits) violated(limit string) {
	if l.violations == nil {
		l.violations = map[string]int{}
	}
	l.violations[limit]++
}

// exceeded counts a refused question that was bigger than any may be.
func (l *GraphLimits) exceeded(refused *graphError) {
	if !strings.HasSuffix(refused.code, "TooBig") && refused.code != "ErrorInvalidMergedFreeBusyInterval" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.violated(refused.code)
}
