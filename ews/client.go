package ews

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

const (
	batchSize      = 100 // mailboxes that one request may name (getuseravailability-operation)
	batchesAtOnce  = 4   // of one question, so that a big one does not crowd out others
	defaultTimeout = 8 * time.Second
	defaultAnswer  = 32 << 20 // bytes
)

// Client asks one EWS endpoint when people are busy, and what to know before
// writing to them, and asks it nothing else. It understands what Exchange 2007 and later, and Exchange Online, answer.
//
// It starts goroutines only within a call, keeps nothing of one question for the
// next and needs no Close. It must not be copied.
type Client struct {
	// HTTP sends the requests. Who we are, whom we trust and where we may dial
	// is decided by its Transport; redirects and cookies are ignored whatever
	// it says. Nil is [http.DefaultClient].
	//
	// A Transport that knows why it could not send, and how to put it for the
	// caller, returns a [freebusy.Explained].
	HTTP *http.Client

	URL       string // of the endpoint, as in https://mail.contoso.com/EWS/Exchange.asmx
	Connector string // name of the IntraOrganizationConnector that led here
	UserAgent string // "" is DefaultUserAgent of the running build

	// Impersonate names the mailbox as whose owner a question of that scope is
	// asked (learn.microsoft.com impersonation-and-ews-in-exchange), which an
	// application needs that was granted full_access_as_app; "" is nobody's. Nil
	// is always nobody's.
	Impersonate func(freebusy.Scope) string

	// Timeout bounds one attempt, from dialling to the last byte of the
	// answer. Zero is 8 seconds.
	Timeout time.Duration

	// MaxAnswer bounds one answer, in bytes after decompression. Zero is
	// 32 MiB.
	MaxAnswer int64

	rooms sync.Pool // of *[]byte, for answers
}

var _ freebusy.Source = (*Client)(nil)

// Availability implements [freebusy.Source]. The error result is always nil:
// what fails, fails for the mailboxes of one request, at most 100 of them.
//
// What the endpoint says of a mailbox keeps its code. Everything else that goes
// wrong is ErrorProxyRequestProcessingFailed, ErrorTimeoutExpired, or
// ErrorServerBusy with a BackOff when the endpoint wants to be left alone.
// Inside is [freebusy.ErrMoved] when the mailbox may live elsewhere now, and
// [freebusy.ErrRefused] when we are not welcome.
func (c *Client) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	var batches errgroup.Group
	batches.SetLimit(batchesAtOnce)
	from := 0
	for mailboxes := range slices.Chunk(q.Mailboxes, batchSize) {
		part, asked := answers[from:from+len(mailboxes)], newQuestion(q, mailboxes)
		asked.as = c.impersonated(q.Scope)
		batches.Go(func() error {
			copy(part, c.ask(ctx, asked))
			return nil
		})
		from += len(mailboxes)
	}
	return answers, batches.Wait()
}

// ask asks one batch. What fails as a whole is the answer for each mailbox.
func (c *Client) ask(ctx context.Context, asked question) []freebusy.Answer {
	var answers []freebusy.Answer
	failure := c.converse(ctx, getUserAvailability, asked.document(), asked.as.anchors(asked.mailboxes),
		func(came *incoming) (failure *freebusy.Error) {
			answers, failure = reader{asked: asked, asOf: time.Now(), origin: came.origin}.read(came)
			return failure
		})
	if failure != nil {
		return slices.Repeat([]freebusy.Answer{{Err: failure}}, len(asked.mailboxes))
	}
	return answers
}

// converse sends a document of one of our operations to the server of the first
// of anchors, and has read read what comes back. The failure tells which server
// failed.
func (c *Client) converse(ctx context.Context, o operation, document []byte, anchors []freebusy.Mailbox,
	read func(*incoming) *freebusy.Error) *freebusy.Error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.Timeout, defaultTimeout))
	defer cancel()
	failure := c.attempt(ctx, o, document, anchors, read)
	if failure != nil {
		failure.Err = fmt.Errorf("ews: asking %s: %w", c.URL, failure.Err)
	}
	return failure
}

func (c *Client) attempt(ctx context.Context, o operation, document []byte, anchors []freebusy.Mailbox,
	read func(*incoming) *freebusy.Error) *freebusy.Error {
	request, err := c.newRequest(ctx, o, document, anchors)
	if err != nil {
		return freebusy.ProxyFailed("The address of the endpoint is not valid", err)
	}
	response, err := upstream.Sender(c.HTTP).Do(request)
	if err != nil {
		return upstream.Unreachable(err)
	}
	defer upstream.HangUp(response.Body)
	origin := freebusy.Origin{
		Connector: c.Connector,
		Backend:   "ews",
		URL:       c.URL,
		RequestID: upstream.Sayable(response.Header.Get("request-id")),
	}
	came, failure := c.incoming(response, origin)
	defer c.done(came)
	if failure == nil {
		failure = read(came)
	}
	if failure != nil {
		failure.Source = c.URL
		failure.Err = fmt.Errorf("request-id %q: %w", origin.RequestID, failure.Err)
	}
	return failure
}
