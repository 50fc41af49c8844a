package freebusy_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/freebusy"
)

// backEnd answers every mailbox alike, and counts what it is asked.
type backEnd struct {
	answer freebusy.Answer
	asked  int
}

func (b *backEnd) Availability(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	b.asked++
	return slices.Repeat([]freebusy.Answer{b.answer}, len(q.Mailboxes)), nil
}

func from(backend string) freebusy.Answer {
	return freebusy.Answer{Calendar: &freebusy.Calendar{Detail: freebusy.FreeBusy, Origin: freebusy.Origin{Backend: backend}}}
}

func failing(err error) freebusy.Answer {
	return freebusy.Answer{Err: freebusy.ProxyFailed("The request failed with HTTP status 403: Forbidden", err)}
}

// asks is a minute at which somebody asks, and what the back ends answer then.
type asks struct {
	minute     int
	ews, graph freebusy.Answer
	want       string // the back end that answers, or the code
	moved      bool   // after it
}

func TestASwitchMovesOnlyWhenEWSIsOver(t *testing.T) {
	ok, graph := from("ews"), from("graph")
	over := failing(fmt.Errorf("%w: %w", freebusy.ErrRefused, freebusy.ErrWithdrawn))
	firewall := failing(freebusy.ErrRefused)
	dead := failing(errors.New("no route"))
	unknown := freebusy.Answer{Err: freebusy.MailRecipientNotFound(freebusy.SMTP("a@x"), nil)}
	const failed, nobody = "ErrorProxyRequestProcessingFailed", "ErrorMailRecipientNotFound"
	tests := map[string][]asks{
		"three times in five minutes, and Graph answers":  {{0, over, graph, "graph", false}, {3, over, graph, "graph", false}, {5, over, graph, "graph", true}, {6, ok, graph, "graph", true}},
		"three times in four minutes":                     {{0, over, graph, "graph", false}, {3, over, graph, "graph", false}, {4, over, graph, "graph", false}, {6, ok, graph, "ews", false}},
		"twice in an hour":                                {{0, over, graph, "graph", false}, {60, over, graph, "graph", false}, {61, ok, graph, "ews", false}},
		"EWS answers in between":                          {{0, over, graph, "graph", false}, {3, over, graph, "graph", false}, {4, ok, graph, "ews", false}, {9, over, graph, "graph", false}, {10, over, graph, "graph", false}},
		"Graph does not answer either":                    {{0, over, dead, failed, false}, {3, over, dead, failed, false}, {5, over, firewall, failed, false}, {50, over, dead, failed, false}},
		"Graph only knows of nobody":                      {{0, over, unknown, nobody, false}, {3, over, unknown, nobody, false}, {5, over, unknown, nobody, false}},
		"Graph answers at last":                           {{0, over, dead, failed, false}, {3, over, dead, failed, false}, {5, over, graph, "graph", true}},
		"the page of a firewall, for ever":                {{0, firewall, graph, failed, false}, {3, firewall, graph, failed, false}, {500, firewall, graph, failed, false}},
		"a dead network does not count, nor undo":         {{0, over, graph, "graph", false}, {2, over, graph, "graph", false}, {4, dead, graph, failed, false}, {5, over, graph, "graph", true}},
		"somebody whom EWS does not know is no calendar":  {{0, over, graph, "graph", false}, {2, unknown, graph, nobody, false}, {4, over, graph, "graph", false}, {5, over, graph, "graph", true}},
		"EWS comes back after the move, and nobody looks": {{0, over, graph, "graph", false}, {1, over, graph, "graph", false}, {9, over, graph, "graph", true}, {10, ok, dead, failed, true}},
	}
	for name, story := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ews, graph := &backEnd{}, &backEnd{}
				told := 0
				s := &freebusy.Switch{Graph: graph, Moved: func(_ context.Context, why string) {
					told++
					if why == "" {
						t.Error("it moved and does not say why")
					}
				}}
				source, began := s.Between(ews), time.Now()
				for _, step := range story {
					time.Sleep(time.Until(began.Add(time.Duration(step.minute) * time.Minute)))
					ews.answer, graph.answer = step.ews, step.graph
					for i, a := range inquire(t, source, "a@x", "b@x") {
						if got := whose(a); got != step.want {
							t.Errorf("minute %d: mailbox %d got %s, want %s", step.minute, i, got, step.want)
						}
					}
					if moved := s.Ended() != ""; moved != step.moved || (told == 1) != step.moved {
						t.Errorf("minute %d: moved %t and told %d times, want %t", step.minute, moved, told, step.moved)
					}
				}
			})
		})
	}
}

func inquire(t *testing.T, s freebusy.Source, addresses ...string) []freebusy.Answer {
	t.Helper()
	q := freebusy.Query{Window: freebusy.Window{Start: time.Now(), End: time.Now().Add(time.Hour)}}
	for _, a := range addresses {
		q.Mailboxes = append(q.Mailboxes, freebusy.SMTP(a))
	}
	answers, err := s.Availability(t.Context(), q)
	if err != nil || len(answers) != len(addresses) {
		t.Fatalf("got %d answers and %v", len(answers), err)
	}
	return answers
}

func whose(a freebusy.Answer) string {
	if a.Err != nil {
		return string(a.Err.Code)
	}
	return a.Calendar.Origin.Backend
}

func TestASwitchMovesOnTheDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ews, graph := &backEnd{answer: from("ews")}, &backEnd{answer: from("graph")}
		var told []string
		s := &freebusy.Switch{Graph: graph, EndDate: time.Now().Add(time.Hour), Moved: func(_ context.Context, why string) { told = append(told, why) }}
		source := s.Between(ews)
		if got := whose(inquire(t, source, "a@x")[0]); got != "ews" || s.Ended() != "" {
			t.Errorf("before the day %s answers, ended: %q", got, s.Ended())
		}
		time.Sleep(time.Hour)
		for range 2 {
			if got := whose(inquire(t, source, "a@x")[0]); got != "graph" {
				t.Errorf("on the day %s answers", got)
			}
		}
		if ews.asked != 1 || len(told) != 1 || told[0] != s.Ended() {
			t.Errorf("EWS was asked %d times, and told was %q; ended: %q", ews.asked, told, s.Ended())
		}
	})
}

// Only the mailboxes that EWS turned away are asked of Graph, and each answer
// stays with its mailbox.
func TestASwitchAsksGraphOnlyForTheRest(t *testing.T) {
	var asked []string
	graph := sourceFunc(func(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
		var answers []freebusy.Answer
		for _, m := range q.Mailboxes {
			asked = append(asked, m.Address)
			answers = append(answers, freebusy.Answer{Calendar: &freebusy.Calendar{Origin: freebusy.Origin{Backend: "graph", RequestID: m.Address}}})
		}
		return answers, nil
	})
	ews := sourceFunc(func(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
		answers := slices.Repeat([]freebusy.Answer{from("ews")}, len(q.Mailboxes))
		for i, m := range q.Mailboxes {
			if m.Address[0] == 'x' {
				answers[i] = failing(freebusy.ErrWithdrawn)
			}
		}
		return answers, nil
	})
	s := &freebusy.Switch{Graph: graph}
	for i, a := range inquire(t, s.Between(ews), "x1@x", "a@x", "x2@x", "b@x") {
		want := []string{"x1@x", "", "x2@x", ""}[i]
		if a.Calendar == nil || a.Calendar.Origin.RequestID != want {
			t.Errorf("mailbox %d got %+v, want the calendar of %q", i, a, want)
		}
	}
	if !slices.Equal(asked, []string{"x1@x", "x2@x"}) {
		t.Errorf("Graph was asked about %q", asked)
	}
}

func TestASwitchTellsBothFailures(t *testing.T) {
	broken := sourceFunc(func(context.Context, freebusy.Query) ([]freebusy.Answer, error) {
		return nil, errors.New("no consent")
	})
	s := &freebusy.Switch{Graph: broken}
	got := inquire(t, s.Between(&backEnd{answer: failing(freebusy.ErrWithdrawn)}), "a@x")[0].Err
	if got == nil || !errors.Is(got, freebusy.ErrWithdrawn) || got.Err.Error() == freebusy.ErrWithdrawn.Error() {
		t.Errorf("got %+v, want the failure of EWS with that of Graph", got)
	}
}
