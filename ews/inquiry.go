package ews

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"availproxy/ews/authn"
	"availproxy/freebusy"
)

// inquiry is one request on its way, for its trace, its metrics and its line
// in the log.
type inquiry struct {
	span    trace.Span
	started time.Time
	asker   authn.Identity // who has logged on; zero where nobody has to
	caller  caller
	named   bool                 // the log may have addresses in it
	line    []slog.Attr          // room for the line in the log
	told    []attribute.KeyValue // room for the attributes of the span

	operation operation          // "" until that has been read
	request   *request           // of GetUserAvailability; nil until it has been read
	mailboxes []freebusy.Mailbox // asked about; nil until they have been read
	errs      []*freebusy.Error  // of those that have no answer
	fault     *freebusy.Error    // nil unless the whole question failed
}

// noteAnswers notes how each mailbox of a question went.
func (q *inquiry) noteAnswers(answers []freebusy.Answer) {
	for _, a := range answers {
		switch {
		case a.Err != nil:
			q.errs = append(q.errs, a.Err)
		case a.Calendar == nil:
			q.errs = append(q.errs, unanswered)
		}
	}
}

// begin starts the trace of a question, and q anew.
func (h *Handler) begin(r *http.Request, d *desk) context.Context {
	q := &d.inquiry
	ctx, span := h.tracing.begin(r)
	*q = inquiry{span: span, started: time.Now(), caller: d.last.caller(r.UserAgent(), header{}), line: q.line, told: q.told}
	q.asker, _ = authn.FromContext(ctx)
	return ctx
}

// finish ends the trace and writes down how it went.
func (h *Handler) finish(ctx context.Context, r *http.Request, q *inquiry) {
	took := time.Since(q.started)
	outcome := q.outcome()
	q.trace(r, outcome) // first: an exemplar may lead to a trace that has failed
	h.tally().record(ctx, q.kind(), outcome, took)
	h.tally().told(q)

	level := slog.LevelInfo
	if q.worrying() {
		level = slog.LevelWarn
	}
	if log := h.log(); log.Enabled(ctx, level) {
		q.named = names(ctx, log)
		log.LogAttrs(ctx, level, "availability query", q.logged(h.Pseudonyms, outcome, took)...)
	}
}

// names reports whether addresses may be in the log: only where somebody debugs. What
// lies below is for showing to others.
func names(ctx context.Context, log *slog.Logger) bool {
	return log.Enabled(ctx, slog.LevelDebug) && !log.Enabled(ctx, slog.LevelDebug-1)
}

// outcomes are how a question can end: all that outcome says, and turned away.
var outcomes = []string{"answered", "partial", "failed", "fault", "busy"}

// outcome is "fault" when the whole question failed, else how many mailboxes
// have an answer: "answered" all, "partial" some, "failed" none.
func (q *inquiry) outcome() string {
	switch {
	case q.fault != nil:
		return "fault"
	case len(q.errs) == 0:
		return "answered"
	case len(q.errs) < len(q.mailboxes):
		return "partial"
	}
	return "failed"
}

// kind is what was asked, for metrics.
func (q *inquiry) kind() string {
	switch {
	case q.operation == getMailTips:
		return kindMailTips
	case q.request == nil:
		return kindUnread
	case q.request.Presentation.Suggestions != nil:
		return kindSuggestions
	}
	return kindFreeBusy
}

// worst is the first error that is an operator's matter, or nil.
func (q *inquiry) worst() *freebusy.Error {
	if q.fault != nil {
		return q.fault
	}
	if i := slices.IndexFunc(q.errs, func(err *freebusy.Error) bool { return !err.Code.OfPerson() }); i >= 0 {
		return q.errs[i]
	}
	return nil
}

// worrying tells an operator's matter from everyday life, in which people are
// unknown or not to be seen.
func (q *inquiry) worrying() bool {
	return q.worst() != nil
}

// logged is the line of a question. Of what went wrong it has every code once,
// and the first cause that says more. Addresses are in it only as pseudonyms,
// unless somebody debugs.
func (q *inquiry) logged(as freebusy.Pseudonyms, outcome string, took time.Duration) []slog.Attr {
	line := append(q.line[:0],
		slog.String("outcome", outcome), slog.Duration("duration", took), slog.String("caller", q.caller.build),
		slog.String("generation", q.caller.generation.String()), slog.String("because", q.caller.because.String()),
		slog.String("proxy_type", q.caller.header.proxyType),
		slog.String("server_version", shortened(q.caller.header.version)), slog.String("operation", string(q.operation)),
		slog.Int("mailboxes", len(q.mailboxes)), slog.Any("mailbox_hash", pseudonyms(as, q.mailboxes)), slog.Int("failed", len(q.errs)))
	if r := q.request; r != nil {
		line = append(line,
			slog.Float64("window_days", r.Query.Window.Duration().Hours()/24),
			slog.String("view", r.Presentation.View.String()))
	}
	if q.asker.Mechanism != "" {
		line = append(line, slog.String("principal", q.asker.String()), slog.String("mechanism", string(q.asker.Mechanism)))
	}
	codes, cause := q.failures()
	if len(codes) > 0 {
		line = append(line, slog.Any("codes", codes), slog.Any(freebusy.CauseAttribute, q.causes()), slog.Any("remedies", q.remedies()))
	}
	if cause != nil {
		line = append(line, slog.String("cause", q.said(as, cause)))
	}
	if q.named {
		line = append(line, slog.Any("mailbox", addresses(q.mailboxes)))
	}
	q.line = line
	return line
}

// said is the text of a cause, which another server may have put addresses
// into.
func (q *inquiry) said(as freebusy.Pseudonyms, cause error) string {
	if q.named {
		return cause.Error()
	}
	return as.Mask(cause.Error(), q.mailboxes)
}

// pseudonyms returns those of the mailboxes, in order.
func pseudonyms(as freebusy.Pseudonyms, mailboxes []freebusy.Mailbox) []string {
	all := make([]string, len(mailboxes))
	for i, m := range mailboxes {
		all[i] = as.Of(m)
	}
	return all
}

func addresses(mailboxes []freebusy.Mailbox) []string {
	all := make([]string, len(mailboxes))
	for i, m := range mailboxes {
		all[i] = m.Address
	}
	return all
}

// remedies are what can be done about what went wrong, each once, by code.
func (q *inquiry) remedies() (found []string) {
	for err := range q.each {
		if remedy := err.Remedy(); remedy != "" {
			found = append(found, string(err.Code)+": "+remedy)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// causes are why something went wrong, each once, as `availproxy explain` knows
// them.
func (q *inquiry) causes() (found []string) {
	for err := range q.each {
		if cause := err.Cause(); cause != "" {
			found = append(found, string(cause))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// failures counts the codes, and returns the first cause.
func (q *inquiry) failures() (codes map[freebusy.Code]int, cause error) {
	for err := range q.each {
		if codes == nil {
			codes = map[freebusy.Code]int{}
		}
		codes[err.Code]++
		if cause == nil {
			cause = err.Err
		}
	}
	return codes, cause
}

// each yields what went wrong with the question, and with each of its mailboxes.
func (q *inquiry) each(yield func(*freebusy.Error) bool) {
	if q.fault != nil && !yield(q.fault) {
		return
	}
	for _, err := range q.errs {
		if err != nil && !yield(err) {
			return
		}
	}
}
