package server

import (
	"fmt"
	"time"

	"availproxy/cmd/internal/admin"
	"availproxy/discovery"
	"availproxy/freebusy"
)

// forestStatus is what the admin page shows of a connector: how discovery does,
// and how the endpoints do that it has led to.
func (w *wiring) forestStatus(f *forest, d discovery.State) admin.ForestStatus {
	st := admin.ForestStatus{
		Connector: d.Connector, Backend: f.backEnd(), Domains: d.Domains, Endpoint: d.Endpoint,
		Health: admin.Unknown, State: "no question has come yet", MaxConcurrency: f.connector.MaxConcurrency,
	}
	var last freebusy.Record
	for _, limit := range f.guards() {
		last = newer(last, limit.Record())
		st.InFlight += limit.State().InFlight
	}
	st.Latency = admin.Latency{Questions: last.Questions, Median: last.Median, Slow: last.Slow}
	st.Answered = last.Answered
	if last.Failure != nil {
		st.Failure = w.shown().failure(last.Failure, last.Failed)
	}
	switch {
	case last.Failed.After(last.Answered):
		st.Health, st.State = admin.Trouble, "the last question failed"
	case !last.Answered.IsZero():
		st.Health, st.State = admin.Up, "the last question was answered"
	}
	w.discoveryStatus(&st, d)
	for _, limit := range f.guards() {
		breakerStatus(&st, limit.State())
	}
	return st
}

// newer is the record of the endpoint that was asked last.
func newer(a, b freebusy.Record) freebusy.Record {
	if used(b).After(used(a)) {
		return b
	}
	return a
}

func used(r freebusy.Record) time.Time {
	if r.Failed.After(r.Answered) {
		return r.Failed
	}
	return r.Answered
}

// discoveryStatus lets a failed autodiscover be the state of the forest, unless
// its endpoint is known from before.
func (w *wiring) discoveryStatus(st *admin.ForestStatus, d discovery.State) {
	if d.Failure == nil {
		return
	}
	again := d.Retry.UTC().Format("15:04:05 UTC")
	st.Health, st.State = admin.Trouble, "autodiscover fails, the endpoint is known from before; tried again at "+again
	if d.Endpoint == "" {
		st.Health, st.State = admin.Down, "not found by autodiscover, tried again at "+again
	}
	st.Failure = w.shown().failure(&freebusy.Error{Code: freebusy.ErrorAutoDiscoverFailed, Text: d.Said, Err: d.Failure}, time.Time{})
}

func breakerStatus(st *admin.ForestStatus, s freebusy.LimitState) {
	until := s.Until.UTC().Format("15:04:05 UTC")
	switch {
	case s.Breaker == freebusy.Open && s.Failures == 0:
		st.Health, st.State = admin.Trouble, "asked to be left alone until "+until
	case s.Breaker == freebusy.Open:
		st.Health, st.State = admin.Down, fmt.Sprintf("not asked until %s, after %d failures in a row", until, s.Failures)
	case s.Breaker == freebusy.HalfOpen:
		st.Health, st.State = admin.Trouble, fmt.Sprintf("the next question tries it, after %d failures in a row", s.Failures)
	}
}
