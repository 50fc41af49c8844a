package freebusy_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

// policy allows each address its detail, and nothing to those it does not know.
type policy map[string]freebusy.Detail

func (p policy) Allowed(_ context.Context, m freebusy.Mailbox) (freebusy.Detail, *freebusy.Error) {
	if d, ok := p[m.Key()]; ok {
		return d, nil
	}
	return freebusy.MergedOnly, &freebusy.Error{Code: freebusy.ErrorAddressSpaceNotFound}
}

// AllowedFrom goes by connectors named like addresses; those that it does not
// know show everything.
func (p policy) AllowedFrom(ctx context.Context, connector string) (freebusy.Detail, *freebusy.Error) {
	if connector == "closed" {
		return 0, freebusy.NoFreeBusyAccess(nil)
	}
	if d, ok := p[connector]; ok {
		return d, nil
	}
	return freebusy.Detailed, nil
}

func TestClampGoesByWhoAnswered(t *testing.T) {
	rules := policy{"alice@x": freebusy.Detailed, "bob@x": freebusy.FreeBusy, "times only": freebusy.FreeBusy}
	tests := map[string]struct {
		mailbox, connector string
		want               string
	}{
		"the forest of the mailbox":        {"alice@x", "x", "Detailed"},
		"one that shows less":              {"alice@x", "times only", "FreeBusy"},
		"one that shows more":              {"bob@x", "x", "FreeBusy"},
		"one that is not for whoever asks": {"alice@x", "closed", "ErrorNoFreeBusyAccess"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := detailed()
			c.Origin.Connector = tt.connector
			a := ask(t, t.Context(), &freebusy.Clamp{Source: held(c), Policy: rules}, query(tt.mailbox))[0]
			got := ""
			if a.Err != nil {
				got = string(a.Err.Code)
			} else {
				got = a.Calendar.Detail.String()
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestClampAsksForNoMoreThanAllowed(t *testing.T) {
	rules := policy{"bare@x": freebusy.FreeBusy, "full@x": freebusy.Detailed, "digits@x": freebusy.MergedOnly}
	tests := map[string]struct {
		wants     freebusy.Detail
		mailboxes []string
		asked     []string        // nil: nobody was asked
		as        freebusy.Detail // the detail of the question
		said      []string
	}{
		"all that is wanted":  {freebusy.Detailed, []string{"full@x"}, []string{"full@x"}, freebusy.Detailed, []string{"full@x"}},
		"less is wanted":      {freebusy.FreeBusy, []string{"full@x"}, []string{"full@x"}, freebusy.FreeBusy, []string{"full@x"}},
		"less is allowed":     {freebusy.Detailed, []string{"bare@x"}, []string{"bare@x"}, freebusy.FreeBusy, []string{"bare@x"}},
		"the most of several": {freebusy.Detailed, []string{"digits@x", "full@x", "bare@x"}, []string{"digits@x", "full@x", "bare@x"}, freebusy.Detailed, []string{"digits@x", "full@x", "bare@x"}},
		"the most of several, yet not more than wanted": {freebusy.FreeBusy, []string{"full@x", "bare@x"}, []string{"full@x", "bare@x"}, freebusy.FreeBusy, []string{"full@x", "bare@x"}},
		"some are refused without asking": {
			freebusy.Detailed, []string{"eve@y", "bare@x", "eve@y", "bare@x"}, []string{"bare@x", "bare@x"}, freebusy.FreeBusy,
			[]string{"ErrorAddressSpaceNotFound", "bare@x", "ErrorAddressSpaceNotFound", "bare@x"},
		},
		"all are refused without asking": {freebusy.Detailed, []string{"eve@y"}, nil, 0, []string{"ErrorAddressSpaceNotFound"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			source := &otherSide{}
			clamp := &freebusy.Clamp{Source: source, Policy: rules}
			q := query(tt.mailboxes...)
			q.Detail = tt.wants
			if diff := cmp.Diff(tt.said, said(ask(t, t.Context(), clamp, q))); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			var asked [][]string
			if tt.asked != nil {
				asked = [][]string{tt.asked}
			}
			if diff := cmp.Diff(asked, source.questions()); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if asked != nil && source.asked[0].Detail != tt.as {
				t.Errorf("asked for %s, want %s", source.asked[0].Detail, tt.as)
			}
			if q.Detail != tt.wants || len(q.Mailboxes) != len(tt.mailboxes) {
				t.Error("the question itself was changed")
			}
		})
	}
}

// held answers every mailbox with the same calendar, whatever is asked, as a
// cache may.
func held(c *freebusy.Calendar) freebusy.Source {
	return sourceFunc(func(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
		answers := make([]freebusy.Answer, len(q.Mailboxes))
		for i := range answers {
			answers[i].Calendar = c
		}
		return answers, nil
	})
}

func TestClampReducesEachAnswerToItsOwnMailbox(t *testing.T) {
	c := detailed()
	c.Events[1].Details = &freebusy.Details{Subject: "Divorce", IsPrivate: true}
	clamp := &freebusy.Clamp{Source: held(c), Policy: policy{"bare@x": freebusy.FreeBusy, "full@x": freebusy.Detailed}}

	answers := ask(t, t.Context(), clamp, query("bare@x", "full@x"))
	bare, full := answers[0].Calendar, answers[1].Calendar
	if bare.Events[0].Details != nil || bare.Detail != freebusy.FreeBusy {
		t.Errorf("the mailbox that may show times only shows %+v", bare.Events[0].Details)
	}
	if full.Events[0].Details == nil || full.Events[0].Details.Subject != "Budget" {
		t.Errorf("the mailbox that may show details shows %+v", full.Events[0].Details)
	}
	if got := full.Events[1].Details; got.Subject != "" || !got.IsPrivate {
		t.Errorf("a private event shows %+v", got)
	}
}

func TestClampHandsOverRefusalsEvenWhenAllElseFails(t *testing.T) {
	source := &otherSide{fails: errors.New("broken")}
	clamp := &freebusy.Clamp{Source: source, Policy: policy{"anna@x": freebusy.FreeBusy}}
	got := said(ask(t, t.Context(), clamp, query("eve@y", "anna@x")))
	if diff := cmp.Diff([]string{"ErrorAddressSpaceNotFound", "ErrorProxyRequestProcessingFailed"}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}
