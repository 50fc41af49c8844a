package ews

import (
	"context"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"availproxy/freebusy"
)

// halfAnswered is an inquiry about two mailboxes of which one is unknown.
func halfAnswered() *inquiry {
	return &inquiry{
		operation: getUserAvailability, request: &request{},
		mailboxes: make([]freebusy.Mailbox, 2), errs: []*freebusy.Error{{Code: freebusy.ErrorMailRecipientNotFound}},
	}
}

// TestCountingAQuestionAllocatesNothing also where somebody collects.
func TestCountingAQuestionAllocatesNothing(t *testing.T) {
	_, reader := recorded(t)
	tally, err := NewTally()
	if err != nil {
		t.Fatal(err)
	}
	q := halfAnswered()
	count := func() {
		tally.record(context.Background(), q.kind(), q.outcome(), time.Millisecond)
		tally.told(q)
	}
	if n := testing.AllocsPerRun(100, count); n > 0 && !raceDetector {
		t.Errorf("it takes %v allocations", n)
	}
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &collected); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, m := range collected.ScopeMetrics[0].Metrics {
		if sum, ok := m.Data.(metricdata.Sum[int64]); ok {
			for _, p := range sum.DataPoints {
				got[m.Name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] = p.Value
			}
		}
	}
	for name, want := range map[string]int64{
		"availproxy.queries kind=free_busy,outcome=partial": 101, "availproxy.query.mailboxes code=NoError": 101,
		"availproxy.query.mailboxes code=ErrorMailRecipientNotFound": 101, "availproxy.queries kind=mail_tips,outcome=fault": 0,
	} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s is %d, want %d", name, value, want)
		}
	}
}

// TestAFaultIsToldAboutEachMailbox has what nobody was answered about.
func TestAFaultIsToldAboutEachMailbox(t *testing.T) {
	tally, err := NewTally()
	if err != nil {
		t.Fatal(err)
	}
	q := halfAnswered()
	q.fault = freebusy.ServerBusy(time.Second, errTooMany)
	tally.told(q)
	for code, n := range tally.mailboxes.All() {
		if code != "ErrorServerBusy" || n != 2 {
			t.Errorf("counted %d of %s", n, code)
		}
	}
}

// BenchmarkTally is what a question costs for being counted and timed, with
// somebody who collects.
func BenchmarkTally(b *testing.B) {
	before := otel.GetMeterProvider()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(metric.NewManualReader())))
	defer otel.SetMeterProvider(before)
	tally, err := NewTally()
	if err != nil {
		b.Fatal(err)
	}
	q := halfAnswered()
	b.ReportAllocs()
	for b.Loop() {
		tally.underWay.Add(1)
		tally.record(context.Background(), q.kind(), q.outcome(), time.Millisecond)
		tally.told(q)
		tally.underWay.Add(-1)
	}
}
