package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

const (
	usualBatch     = 20              // schedules in one request (calendar-getschedule)
	mostBatch      = 100             // that the service takes, whatever its documents say
	batchesAtOnce  = 4               // of one question, so that a big one does not crowd out others
	defaultTimeout = 8 * time.Second // of one attempt
	defaultAnswer  = 32 << 20        // bytes
	maxAnchors     = 4               // mailboxes that are tried as the anchor of one request
	usualPerAnchor = 4               // requests at the same time (throttling-limits, Outlook service limits)
	shortestWindow = 5 * time.Minute // since a slot has 5 minutes at least
	longestSlot    = 24 * time.Hour  // availabilityViewInterval is 5 to 1440 minutes
)

// Client asks one Graph service when people are busy: a [freebusy.Source]. It starts goroutines only
// within a call and needs no Close. It must not be copied once it is in use.
type Client struct {
	// HTTP sends the requests; its Transport authorises them and decides whom we
	// trust and where we may dial. Redirects and cookies are ignored whatever it
	// says. Nil is [http.DefaultClient]. An error of the Transport may be a
	// [freebusy.Explained].
	HTTP *http.Client

	URL       string // with the version, as in https://graph.microsoft.com/v1.0
	Connector string // name of the IntraOrganizationConnector that led here
	UserAgent string

	// Anchors are mailboxes of the tenant in whose name questions are put. With
	// none, it is one of those that are asked about.
	Anchors []string

	// Batch is how many schedules one request asks for: 20 when zero, 100 at most.
	Batch int

	// PerAnchor is how many requests name the same anchor at the same time: 4 when
	// zero, which is what the service allows.
	PerAnchor int

	// Timeout bounds one attempt, from dialling to the last byte of the answer.
	// Zero is 8 seconds.
	Timeout time.Duration

	// MaxAnswer bounds one answer, in bytes after decompression. Zero is 32 MiB.
	MaxAnswer int64

	// Occupancy is shared by the Clients of one application in one tenant, which
	// the service counts together. Nil is one of this Client alone.
	Occupancy *Occupancy

	own Occupancy
}

var _ freebusy.Source = (*Client)(nil)

// Availability implements [freebusy.Source]. The error result is always nil:
// what fails, fails for the mailboxes of one request.
//
// What Graph says of a mailbox keeps its code, in the words of EWS. Everything
// else that goes wrong is what [freebusy.ConsequenceOf] makes of it, or
// ErrorTimeoutExpired; ErrorServerBusy comes with a BackOff when Graph wants to
// be left alone. No answer is ever that of another mailbox: a schedule belongs to
// the address that it names.
func (c *Client) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	people := distinct(q.Mailboxes)
	var batches errgroup.Group
	batches.SetLimit(batchesAtOnce)
	size := min(cmp.Or(max(c.Batch, 0), usualBatch), mostBatch)
	found := make([][]freebusy.Answer, 0, len(people)/size+1)
	for from := 0; from < len(people); from += size {
		asked := newQuestion(q, people[from:min(from+size, len(people))])
		answers := make([]freebusy.Answer, len(asked.mailboxes))
		found = append(found, answers)
		batches.Go(func() error {
			c.ask(ctx, asked, answers)
			return nil
		})
	}
	batches.Wait()
	return spread(q.Mailboxes, people, found), nil
}

// distinct are the mailboxes in their order, each once: Graph may answer once
// for an address that is named twice.
func distinct(mailboxes []freebusy.Mailbox) []freebusy.Mailbox {
	seen := make(map[string]bool, len(mailboxes))
	people := make([]freebusy.Mailbox, 0, len(mailboxes))
	for _, m := range mailboxes {
		if !seen[m.Key()] {
			seen[m.Key()] = true
			people = append(people, m)
		}
	}
	return people
}

// spread puts the answers about people back into the caller's order.
func spread(mailboxes, people []freebusy.Mailbox, found [][]freebusy.Answer) []freebusy.Answer {
	byKey := make(map[string]freebusy.Answer, len(people))
	i := 0
	for _, answers := range found {
		for _, a := range answers {
			byKey[people[i].Key()] = a
			i++
		}
	}
	all := make([]freebusy.Answer, len(mailboxes))
	for i, m := range mailboxes {
		all[i] = byKey[m.Key()]
	}
	return all
}

// ask asks one batch and fills answers, one for each of its mailboxes. A mailbox
// in whose name Graph puts no question is passed over for another one; when none
// is left, those that were tried are unknown, and the others are asked without
// them.
func (c *Client) ask(ctx context.Context, asked question, answers []freebusy.Answer) {
	var tried []string
	var failure *freebusy.Error
	for len(tried) < maxAnchors {
		anchor, leave, err := c.occupancy().enter(ctx, c.candidates(asked, tried), cmp.Or(max(c.PerAnchor, 0), usualPerAnchor))
		if errors.Is(err, errNoAnchor) {
			break
		}
		if err != nil {
			failure = freebusy.TimeoutExpired(err)
			break
		}
		failure = c.attempt(ctx, asked, anchor, answers)
		leave(failure == nil)
		if failure == nil {
			return
		}
		if !errors.Is(failure, errNotAnAnchor) {
			break
		}
		tried = append(tried, anchor)
	}
	if len(c.Anchors) == 0 && (failure == nil || errors.Is(failure, errNotAnAnchor)) {
		c.askOthers(ctx, asked, tried, answers)
		return
	}
	failure.Err = fmt.Errorf("graph: asking %s: %w", c.URL, failure.Err)
	fill(answers, failure)
}

func fill(answers []freebusy.Answer, failure *freebusy.Error) {
	for i := range answers {
		answers[i] = freebusy.Answer{Err: failure}
	}
}

// askOthers asks about all mailboxes but those that were tried as the anchor and
// that Graph does not know. When none could even be tried, all are unknown.
func (c *Client) askOthers(ctx context.Context, asked question, tried []string, answers []freebusy.Answer) {
	var places []int
	others := asked
	others.mailboxes = nil
	for i, m := range asked.mailboxes {
		if len(tried) == 0 || named(tried, m.Address) {
			answers[i] = freebusy.Answer{Err: c.unknown(m)}
			continue
		}
		places, others.mailboxes = append(places, i), append(others.mailboxes, m)
	}
	if len(places) == 0 {
		return
	}
	rest := make([]freebusy.Answer, len(places))
	c.ask(ctx, others, rest)
	for n, i := range places {
		answers[i] = rest[n]
	}
}

func (c *Client) unknown(m freebusy.Mailbox) *freebusy.Error {
	failure := freebusy.MailRecipientNotFound(m, fmt.Errorf("graph: asking %s: %w", c.URL, errNotAnAnchor))
	failure.Source = c.URL
	return failure
}

// attempt sends one request in the name of anchor.
func (c *Client) attempt(ctx context.Context, asked question, anchor string, answers []freebusy.Answer) *freebusy.Error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.Timeout, defaultTimeout))
	defer cancel()
	request, err := c.newRequest(ctx, asked, anchor)
	if err != nil {
		return freebusy.ProxyFailed("The address of the endpoint is not valid", err)
	}
	response, err := upstream.Sender(c.HTTP).Do(request)
	if err != nil {
		return upstream.Unreachable(err)
	}
	defer upstream.HangUp(response.Body)
	r := reader{asked: asked, asOf: time.Now(), origin: freebusy.Origin{
		Connector: c.Connector, Backend: "graph", URL: c.URL, RequestID: upstream.Sayable(response.Header.Get("request-id")),
	}}
	failure := r.read(response, cmp.Or(c.MaxAnswer, defaultAnswer), answers)
	if failure != nil {
		failure.Source = c.URL
		failure.Err = fmt.Errorf("request-id %q, client-request-id %s: %w", r.origin.RequestID, request.Header.Get("client-request-id"), failure.Err)
	}
	return failure
}
