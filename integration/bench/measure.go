package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// figures are what one contestant needed for one request of a workload. What
// could not be measured is less than 0.
type figures struct {
	cpu       time.Duration // of the server
	allocated float64       // by it, in objects
	lookUps   float64       // mailboxes that the forest was asked for
	rate      float64       // requests a second, of all connections together
	p50, p99  time.Duration
}

const unknown = -1

// pace is how long and how often each contestant is measured.
type pace struct {
	rounds int
	each   time.Duration // for workloads that repeat their questions
}

// result is what a workload came to: the medians of all rounds, for each of the
// contestants that took part.
type result struct {
	workload workload
	lines    []line
	missing  []error // why others did not
	asked    float64 // mailboxes in a question
}

type line struct {
	contestant contestant
	figures    figures
}

// of returns the figures of a contestant.
func (r result) of(c contestant) (figures, bool) {
	for _, l := range r.lines {
		if l.contestant.name == c.name {
			return l.figures, true
		}
	}
	return figures{}, false
}

// entrant is a contestant with the callers that ask it.
type entrant struct {
	contestant
	server  *server
	callers callers
	samples []figures
}

// play runs a workload, its contestants taking turns in each round so that
// neighbours disturb all of them alike.
func (s *stage) play(ctx context.Context, w workload, p pace) (result, error) {
	questions := w.questions(s)
	r := result{workload: w}
	for _, q := range questions {
		r.asked += float64(q.mailboxes) / float64(len(questions))
	}
	if err := s.rehearse(ctx, &w, questions); err != nil {
		return r, err
	}
	if w.same {
		source, err := bareHTTP.start(ctx, s, w)
		if err != nil {
			return r, err
		}
		defer source.stop()
		w.source = source
	}
	entrants, err := s.rounds(ctx, w, questions, p)
	for _, e := range entrants {
		switch {
		case len(e.samples) > 0:
			r.lines = append(r.lines, line{e.contestant, median(e.samples)})
		case err == nil:
			r.missing = append(r.missing, fmt.Errorf("left out: %s: %w", e.name, errNoNginx))
		}
	}
	return r, err
}

// rounds measures every contestant in each round. Those of cold workloads are
// started anew each time.
func (s *stage) rounds(ctx context.Context, w workload, questions []question, p pace) ([]*entrant, error) {
	var all []*entrant
	for _, c := range w.contestants {
		e := &entrant{contestant: c}
		defer e.leave()
		all = append(all, e)
	}
	for range p.rounds {
		for _, e := range all {
			err := e.enter(ctx, s, w, questions)
			if errors.Is(err, errNoNginx) {
				continue
			}
			var sample figures
			if err == nil {
				sample, err = s.measure(ctx, e, w, questions, p.each)
			}
			if err != nil {
				return all, fmt.Errorf("%s, %s: %w%s", w.name, e.name, err, e.said())
			}
			e.samples = append(e.samples, sample)
			if w.cold {
				e.leave()
			}
		}
	}
	return all, nil
}

// enter starts the contestant unless it runs, and asks it what comes before: all
// of the questions, or for a cold workload one that does not come again, and
// what the workload names.
func (e *entrant) enter(ctx context.Context, s *stage, w workload, questions []question) (err error) {
	if e.server != nil {
		return nil
	}
	if e.server, err = e.start(ctx, s, w); err != nil {
		return err
	}
	if e.callers, err = connect(ctx, e.server, w.connections); err != nil {
		return err
	}
	if w.cold {
		last := week(s.forest.Truth, len(s.forest.Truth.Mailboxes)-1, 1)
		questions = []question{s.caller.ask(last)}
	}
	for _, c := range e.callers {
		if err := c.ask(questions[0]); err != nil {
			return err
		}
	}
	if w.before != nil {
		questions = w.before(s)
	}
	_, err = e.callers.once(ctx, questions)
	return err
}

// said is what the contestant has logged, for whoever wonders why it failed.
func (e *entrant) said() string {
	if e.server == nil {
		return ""
	}
	log, _ := os.ReadFile(e.server.log)
	return "\n" + string(log[max(0, len(log)-2000):])
}

// leave stops the contestant if it runs.
func (e *entrant) leave() {
	if e.server == nil {
		return
	}
	e.callers.close()
	e.server.stop()
	e.server, e.callers = nil, nil
}

// measure asks for one round.
func (s *stage) measure(ctx context.Context, e *entrant, w workload, questions []question, d time.Duration) (f figures, err error) {
	s.forest.EWS.Journal.Clear()
	used, err := e.usage()
	if err != nil {
		return f, err
	}
	var o outcome
	if w.cold {
		o, err = e.callers.once(ctx, questions)
	} else {
		o, err = e.callers.during(ctx, questions, d)
	}
	if err != nil {
		return f, err
	}
	cpu, allocated, err := used()
	n := float64(o.requests)
	f = figures{
		cpu: unknown, allocated: unknown, lookUps: float64(s.lookUps()) / n, rate: n / o.took.Seconds(),
		p50: o.latencies[o.requests/2], p99: o.latencies[o.requests*99/100],
	}
	if cpu >= 0 {
		f.cpu = cpu / time.Duration(o.requests)
	}
	if allocated >= 0 {
		f.allocated = allocated / n
	}
	return f, err
}

// usage returns a function that says what the server has used since.
func (e *entrant) usage() (since func() (cpu time.Duration, allocated float64, err error), err error) {
	var allocated, page float64 = unknown, 0
	if e.server.metrics != "" {
		first, err := mallocs(e.server.metrics)
		if err != nil {
			return nil, err
		}
		if allocated, err = mallocs(e.server.metrics); err != nil {
			return nil, err
		}
		page = allocated - first // what it takes to tell
	}
	pid := e.server.process.Process.Pid
	cpu, missing := cpuOf(pid)
	return func() (time.Duration, float64, error) {
		used, made := time.Duration(unknown), float64(unknown)
		if missing == nil {
			now, err := cpuOf(pid)
			if err != nil {
				return used, made, err
			}
			used = now - cpu
		}
		if e.server.metrics != "" {
			now, err := mallocs(e.server.metrics)
			if err != nil {
				return used, made, err
			}
			made = max(now-allocated-page, 0)
		}
		return used, made, nil
	}, nil
}

// median takes the middle of each figure by itself.
func median(samples []figures) figures {
	return figures{
		cpu: middle(samples, func(f figures) time.Duration { return f.cpu }), allocated: middle(samples, func(f figures) float64 { return f.allocated }),
		lookUps: middle(samples, func(f figures) float64 { return f.lookUps }), rate: middle(samples, func(f figures) float64 { return f.rate }),
		p50: middle(samples, func(f figures) time.Duration { return f.p50 }), p99: middle(samples, func(f figures) time.Duration { return f.p99 }),
	}
}

func middle[T cmp.Ordered](samples []figures, figure func(figures) T) T {
	var all []T
	for _, f := range samples {
		all = append(all, figure(f))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
