package ews

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// Tally counts and times the questions of all Handlers that share it, so that
// the numbers go on when a reload puts a new Handler in the place of another. To
// count takes an atomic addition; what is counted is read when somebody collects.
type Tally struct {
	underWay  atomic.Int64
	questions map[manner]*count      // of each manner there is; not changed once made
	general   map[soap.Reason]*count // likewise: requests on the general path, by why
	mailboxes freebusy.CodeTally     // that were asked about, by what the caller was told

	duration metric.Float64Histogram
}

// manner is what was asked and how it was answered.
type manner struct{ kind, outcome string }

// The kinds of questions. Exchange times them apart.
const (
	kindFreeBusy    = "free_busy"
	kindSuggestions = "suggestions" // with meeting suggestions
	kindMailTips    = "mail_tips"
	kindUnread      = "unread" // turned away, or not understood
)

var kinds = []string{kindFreeBusy, kindSuggestions, kindMailTips, kindUnread}

// count is a number with its attributes, which are made once, since to make
// them costs more than to count.
type count struct {
	n       atomic.Int64
	observe []metric.ObserveOption
	record  []metric.RecordOption
}

func newCount(attributes ...attribute.KeyValue) *count {
	with := metric.WithAttributeSet(attribute.NewSet(attributes...))
	return &count{observe: []metric.ObserveOption{with}, record: []metric.RecordOption{with}}
}

// NewTally returns a Tally that has counted nothing, for one process.
func NewTally() (*Tally, error) {
	t := &Tally{questions: map[manner]*count{}, general: map[soap.Reason]*count{}}
	for _, kind := range kinds {
		for _, outcome := range outcomes {
			t.questions[manner{kind, outcome}] = newCount(attribute.String("kind", kind), attribute.String("outcome", outcome))
		}
	}
	for _, why := range reasons {
		t.general[why] = newCount(attribute.String("reason", string(why)))
	}
	return t, t.publish()
}

func (t *Tally) publish() error {
	meter := otel.Meter("availproxy/ews")
	queries, err1 := meter.Int64ObservableCounter("availproxy.queries", metric.WithUnit("{query}"),
		metric.WithDescription("Questions, by what was asked and how it was answered."))
	inFlight, err2 := meter.Int64ObservableGauge("availproxy.queries.in_flight", metric.WithUnit("{query}"),
		metric.WithDescription("Questions that are being answered."))
	general, err3 := meter.Int64ObservableCounter("availproxy.queries.general_path", metric.WithUnit("{query}"),
		metric.WithDescription("Questions that were not read on the fast path, by why not."))
	mailboxes, err4 := meter.Int64ObservableCounter("availproxy.query.mailboxes", metric.WithUnit("{mailbox}"),
		metric.WithDescription("Mailboxes that were asked about, by the response code that the caller was given."))
	var err5 error
	t.duration, err5 = meter.Float64Histogram("availproxy.query.duration", metric.WithUnit("s"),
		metric.WithDescription("Time from the head of a question to its answer."),
		metric.WithExplicitBucketBoundaries(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 8, 10, 20))
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return err
	}
	_, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		o.ObserveInt64(inFlight, t.underWay.Load())
		for _, c := range t.questions {
			o.ObserveInt64(queries, c.n.Load(), c.observe...)
		}
		for _, c := range t.general {
			o.ObserveInt64(general, c.n.Load(), c.observe...)
		}
		for code, n := range t.mailboxes.All() {
			o.ObserveInt64(mailboxes, n, metric.WithAttributes(attribute.String("code", code)))
		}
		return nil
	}, queries, inFlight, general, mailboxes)
	return err
}

// record takes one question that has been answered or turned away.
func (t *Tally) record(ctx context.Context, kind, outcome string, took time.Duration) {
	how := t.questions[manner{kind, outcome}]
	how.n.Add(1)
	t.duration.Record(ctx, took.Seconds(), how.record...)
}

// told counts what the caller was told about each mailbox of q.
func (t *Tally) told(q *inquiry) {
	if q.fault != nil {
		t.mailboxes.Add(q.fault.Code, int64(len(q.mailboxes)))
		return
	}
	if answered := len(q.mailboxes) - len(q.errs); answered > 0 {
		t.mailboxes.Add(freebusy.NoError, int64(answered))
	}
	for _, err := range q.errs {
		t.mailboxes.Add(err.Code, 1)
	}
}

// declined counts a request that takes the general path.
func (t *Tally) declined(why soap.Reason) { t.general[why].n.Add(1) }
