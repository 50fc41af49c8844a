package ews

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"sync"
	"time"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// limits bound a request: 400 KB for its Body, as Exchange has it, and the
// group lists of a SerializedSecurityContext on top of that.
var limits = soap.Limits{Bytes: 1 << 20, Body: 400 << 10, Depth: 32, Elements: 20_000, Attributes: 32}

// Handler answers GetUserAvailability ([MS-OXWAVLS] 3.1.4.1) from Source, and
// GetMailTips ([MS-OXWMT] 3.1.4.1) from MailTips. It serves POST on whatever path
// it is put; authentication, and which paths there are, is the matter of whoever
// puts it there.
//
// Whatever goes wrong with one mailbox is told in its place, with status 200.
// A question that cannot be answered at all gets a SOAP fault, with status 500.
type Handler struct {
	Source freebusy.Source

	// MailTips is nil where GetMailTips is not available.
	MailTips MailTipsSource

	// ServerName stands as ExceptionServerName in errors: the host that an
	// operator should look at.
	ServerName string

	// AnswerTimeout is when the answer goes out, whatever is missing by then.
	// Zero leaves that to the Source.
	AnswerTimeout time.Duration

	// MaxQuestions is how many questions are answered at the same time. One
	// more is refused at once, with ErrorServerBusy and a time to come back
	// (ews-throttling-in-exchange). Zero is 1024.
	MaxQuestions int

	// Log gets one line for each question. Nil is slog.Default(). Mailboxes are
	// in it as Pseudonyms, and with their addresses only when debug lines are the
	// least that it takes.
	Log        *slog.Logger
	Pseudonyms freebusy.Pseudonyms

	// General takes the general path with every request, and writes every answer
	// with it too: by way of a tree, and anew each time. Nothing else is
	// different but the time it takes. It is what tests and benchmarks compare
	// with and is not meant for service.
	General bool

	// Scope decides on what else than the mailbox the answer depends. claimed
	// is nil when the request has no SerializedSecurityContext; it is only a
	// claim of whoever sent the request. An error is the fault that answers the
	// whole question. Nil gives the zero Scope.
	Scope func(ctx context.Context, claimed *SecurityContext) (freebusy.Scope, error)

	// Tally counts the questions, also those that MaxQuestions is about. Nil is one
	// for this Handler alone.
	Tally *Tally

	own        sync.Once // makes ownTally
	ownTally   *Tally
	turnedAway turnedAway
	tracing    tracing
	desks      sync.Pool // of *desk
	zones      zonesByName
}

var _ http.Handler = (*Handler)(nil)

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if !readable(r.Header) {
		h.log().WarnContext(r.Context(), "availability query refused", "reason", "media type", "content_type", shortened(r.Header.Get("Content-Type")))
		refuseMediaType(w, r)
		return
	}
	if !h.enter() {
		h.turnAway(w, r)
		return
	}
	defer h.leave()
	desk := h.takeDesk()
	defer h.leaveDesk(desk)
	q := &desk.inquiry
	ctx := h.begin(r, desk)
	response, err := h.answer(ctx, r, q, desk)
	if err != nil {
		fault := asFault(err)
		q.fault = fault
		response = answer{writeFault(fault)}
	}
	h.finish(ctx, r, q) // before the first byte, so that whoever has read the answer finds the trace
	desk.outgoing.send(w, response, err != nil)
}

// answer is the whole way from bytes to bytes.
func (h *Handler) answer(ctx context.Context, r *http.Request, q *inquiry, d *desk) (answer, error) {
	if err := d.read(r); err != nil {
		return nil, unreadableRequest(err)
	}
	if h.scan(d, r.UserAgent(), q) {
		return h.answerRequest(ctx, q, d)
	}
	message, err := soap.Parse(d.document, limits)
	if err != nil {
		return nil, unreadableRequest(err)
	}
	if q.caller, err = readCaller(message, r.UserAgent()); err != nil {
		return nil, err
	}
	return h.dispatch(ctx, message, q, d)
}

// scan takes the fast path, which nearly all requests can take, and reports
// whether it has read caller and request.
func (h *Handler) scan(d *desk, userAgent string, q *inquiry) bool {
	if h.General {
		h.tally().declined(switchedOff)
		return false
	}
	if !d.scan.read(d.document, userAgent) {
		h.tally().declined(d.scan.Declined())
		return false
	}
	q.operation, q.caller, q.request = getUserAvailability, d.scan.caller, &d.scan.request
	return true
}

// answerAvailability answers GetUserAvailability on the general path.
func (h *Handler) answerAvailability(ctx context.Context, m *soap.Message, q *inquiry, d *desk) (answer, error) {
	var err error
	if q.request, err = readRequest(m, q.caller); err != nil {
		return nil, err
	}
	return h.answerRequest(ctx, q, d)
}

// answerRequest answers the request of q, with the answer on d.
func (h *Handler) answerRequest(ctx context.Context, q *inquiry, d *desk) (answer, error) {
	q.mailboxes = q.request.Query.Mailboxes
	answers, err := h.ask(ctx, q.request, q.caller.header.claimed)
	if err != nil {
		return nil, err
	}
	q.noteAnswers(answers)
	if h.General {
		return writeGeneral(answers, q.request.Presentation, h.ServerName), nil
	}
	return writeAnswer(&d.paper, answers, &q.request.Presentation, h.ServerName), nil
}

// inTime bounds ctx by the time when the answer goes out. The caller releases it.
func (h *Handler) inTime(ctx context.Context) *deadline {
	const never = math.MaxInt64
	return newDeadline(ctx, cmp.Or(h.AnswerTimeout, never))
}

// ask asks Source, and sees to it that there is one answer for each mailbox.
// claimed is who asks, for Scope.
func (h *Handler) ask(ctx context.Context, r *request, claimed *SecurityContext) (_ []freebusy.Answer, err error) {
	if r.Query.Scope, err = h.scope(ctx, claimed); err != nil {
		return nil, err
	}
	bounded := h.inTime(ctx)
	defer bounded.release()
	answers, err := h.Source.Availability(bounded, r.Query)
	if err != nil {
		return nil, err
	}
	if len(answers) != len(r.Query.Mailboxes) {
		return nil, fmt.Errorf("ews: %d answers for %d mailboxes", len(answers), len(r.Query.Mailboxes))
	}
	return answers, nil
}

func (h *Handler) scope(ctx context.Context, claimed *SecurityContext) (freebusy.Scope, error) {
	if h.Scope == nil {
		return freebusy.Scope{}, nil
	}
	return h.Scope(ctx, claimed)
}

func (h *Handler) tally() *Tally {
	if h.Tally != nil {
		return h.Tally
	}
	h.own.Do(func() { h.ownTally, _ = NewTally() }) // what could not be made of it is a no-op
	return h.ownTally
}

func (h *Handler) log() *slog.Logger {
	if h.Log == nil {
		return slog.Default()
	}
	return h.Log
}
