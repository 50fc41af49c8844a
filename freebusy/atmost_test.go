package freebusy

import (
	"context"
	"testing"
)

// generous gives all detail whatever it is asked, and remembers that.
type generous struct{ asked Detail }

func (g *generous) Availability(_ context.Context, q Query) ([]Answer, error) {
	g.asked = q.Detail
	return []Answer{{Calendar: &Calendar{Detail: Detailed, Events: []Event{{Details: &Details{Subject: "Budget"}}}}}}, nil
}

func TestAtMostNeitherAsksForMoreNorHandsOnMore(t *testing.T) {
	for most, want := range map[Detail]Detail{FreeBusy: FreeBusy, Detailed: Detailed} {
		source := &generous{}
		answers, err := AtMost{Detail: most, Source: source}.Availability(t.Context(), Query{Mailboxes: []Mailbox{SMTP("a@b.example")}, Detail: Detailed})
		if err != nil {
			t.Fatal(err)
		}
		c := answers[0].Calendar
		if source.asked != want || c.Detail != want || (c.Events[0].Details != nil) != (want == Detailed) {
			t.Errorf("at most %s: asked for %s and got %+v", most, source.asked, c)
		}
	}
}
