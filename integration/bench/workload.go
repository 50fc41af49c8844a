package main

import (
	"context"
	"fmt"

	"availproxy/integration/forest"
)

// workload is one kind of load, and who carries it. The first contestant is
// the one that the others are compared with.
type workload struct {
	name, about string
	questions   func(*stage) []question
	connections int
	secure      bool // over TLS
	contestants []contestant

	// cold workloads ask each question once in each round, of contestants that
	// have just been started; those of before are asked first, and not measured.
	// The others repeat theirs for some time, of contestants that have seen them
	// all.
	cold   bool
	before func(*stage) []question // nil: nothing

	// same is set where there is but one question, so that all contestants
	// answer with the very same bytes.
	same bool

	answer []byte  // what availproxy says to the first question
	source *server // where nginx has the answer from; nil: from the forest
}

// judged is the workload whose look-ups must be few.
const judged = "a realistic mix, answers live for 5 minutes"

// workloads are what is measured. Quick ones prove that it works.
func workloads(quick bool) []workload {
	sets, bodies, lifetimes := 2000, 512, []int{1, 5, 15}
	if quick {
		sets, bodies, lifetimes = 200, 20, []int{5}
	}
	var all []workload
	for _, n := range []int{1, 20, 100} {
		all = append(all, identical(n))
	}
	for _, minutes := range lifetimes {
		all = append(all, mix(minutes))
	}
	return append(all,
		workload{
			name:  "the same mailbox over TLS",
			about: "As the first, over TLS 1.3 connections that are kept.", connections: 32, secure: true, same: true,
			questions:   func(s *stage) []question { return []question{s.caller.ask(week(s.forest.Truth, 0, 1))} },
			contestants: []contestant{bareHTTP, ours},
		},
		workload{
			name:  "one mailbox, everything else differs",
			about: "Each request has another wsa:MessageID, another SerializedSecurityContext with 500 group SIDs, and a window that begins at another second.", connections: 32,
			questions:   func(s *stage) []question { return s.caller.serialized(s.forest.Truth, bodies) },
			contestants: []contestant{bareHTTP, ours, oursByTrees},
		},
		workload{
			name:  "five strangers out of a thousand",
			about: "Random sets of five, of which hardly any comes twice, asked once by contestants that remember nothing yet.", connections: 8, cold: true,
			questions:   func(s *stage) []question { return s.caller.all(strangers(s.forest.Truth, 1, sets)) },
			contestants: []contestant{nginxCache, ours},
		},
		forwarded(1), forwarded(20))
}

func identical(mailboxes int) workload {
	w := workload{
		name: fmt.Sprintf("the same %d mailboxes", mailboxes), about: "One request, over and over.", connections: 32, same: true,
		questions:   func(s *stage) []question { return []question{s.caller.ask(week(s.forest.Truth, 0, mailboxes))} },
		contestants: []contestant{bareHTTP, nginxCache, ours, oursByTrees},
	}
	if mailboxes == 1 {
		w.name = "the same mailbox"
		w.contestants = append(w.contestants, oursLogging)
	}
	return w
}

// mix is the script at the moment when all is remembered that was asked within
// the life of an answer, and nothing else.
func mix(minutes int) workload {
	const formsAMinute, measured = 200, 300
	before, now := formsAMinute*minutes, measured
	name := fmt.Sprintf("a realistic mix, answers live for %d minutes", minutes)
	if minutes == 1 {
		name = "a realistic mix, answers live for a minute"
	}
	script := func(s *stage) (earlier, later []question) {
		play := newScript(s.forest.Truth, 1)
		return s.caller.all(play.play(before)), s.caller.all(play.play(now))
	}
	return workload{
		name: name, connections: 8, cold: true,
		about: fmt.Sprintf("%d meeting forms of people in teams of %d, after the %d forms that came before them within the life of an answer.",
			measured, teamSize, before),
		before:      func(s *stage) []question { earlier, _ := script(s); return earlier },
		questions:   func(s *stage) []question { _, later := script(s); return later },
		contestants: []contestant{reverseProxy, nginxCache, ours},
	}
}

// forwarded is what nobody may remember.
func forwarded(mailboxes int) workload {
	const sets = 20
	name := fmt.Sprintf("%d mailboxes, nothing remembered", mailboxes)
	if mailboxes == 1 {
		name = "one mailbox, nothing remembered"
	}
	return workload{
		name: name, about: "Each request goes to the forest.", connections: 8,
		questions: func(s *stage) (all []question) {
			for i := range sets {
				all = append(all, s.caller.ask(week(s.forest.Truth, i*mailboxes, mailboxes)))
			}
			return all
		},
		contestants: []contestant{reverseProxy, oursNoCache},
	}
}

// all writes the request for each question.
func (c *caller) all(asked []forest.Question) (all []question) {
	for _, q := range asked {
		all = append(all, c.ask(q))
	}
	return all
}

// rehearse finds out what availproxy answers to the first question, for those
// who are to answer with the same bytes.
func (s *stage) rehearse(ctx context.Context, w *workload, questions []question) error {
	running, err := ours.start(ctx, s, *w)
	if err != nil {
		return err
	}
	defer running.stop()
	one, err := dial(ctx, running)
	if err != nil {
		return err
	}
	defer one.Close()
	if err := one.ask(questions[0]); err != nil {
		return err
	}
	w.answer = one.body
	if w.same {
		questions[0].answer = w.answer
	}
	return nil
}
