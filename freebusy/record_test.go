package freebusy_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/freebusy"
)

// slow takes that long for each question and then fails, refuses or answers.
type slow struct {
	takes time.Duration
	err   *freebusy.Error
	fails error
}

func (s *slow) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	time.Sleep(s.takes)
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i := range answers {
		if answers[i].Err = s.err; s.err == nil {
			answers[i].Calendar = &freebusy.Calendar{}
		}
	}
	return answers, s.fails
}

func TestLimitRecordsHowQuestionsWent(t *testing.T) {
	tests := map[string]struct {
		source   slow
		code     freebusy.Code // of the Failure; "" is none
		answered bool
	}{
		"an answer":                     {slow{}, "", true},
		"a mailbox that is not known":   {slow{err: freebusy.MailRecipientNotFound(freebusy.SMTP("a"), nil)}, "", true},
		"a failure of the way there":    {slow{err: freebusy.ProxyFailed("broken", nil)}, freebusy.ErrorProxyRequestProcessingFailed, false},
		"a failure as a whole":          {slow{fails: errors.New("broken")}, freebusy.ErrorProxyRequestProcessingFailed, false},
		"a refusal of a mailbox":        {slow{err: freebusy.NoFreeBusyAccess(nil)}, "", true},
		"a refusal of our application":  {slow{err: freebusy.NoFreeBusyAccess(fmt.Errorf("403: %w", freebusy.ErrRefused))}, freebusy.ErrorNoFreeBusyAccess, true},
		"nobody knows how the end came": {slow{err: freebusy.TimeoutExpired(nil)}, freebusy.ErrorTimeoutExpired, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.source.takes = time.Second
				l := freebusy.NewLimit(&tt.source, freebusy.LimitOptions{})
				l.Availability(t.Context(), query("a", "b"))
				r := l.Record()
				if r.Questions != 1 || r.Median != time.Second || r.Slow != time.Second {
					t.Errorf("measured %+v", r)
				}
				if got := r.Answered.Equal(time.Now()); got != tt.answered {
					t.Errorf("answered now: %t, want %t", got, tt.answered)
				}
				switch {
				case tt.code == "" && r.Failure == nil:
				case r.Failure == nil || r.Failure.Code != tt.code || !r.Failed.Equal(time.Now()):
					t.Errorf("failure is %v at %v, want %s", r.Failure, r.Failed, tt.code)
				}
			})
		})
	}
}

// TestRecordsAreOfTheLastQuestions has a long slow time, then a fast one in which
// one question in ten is slow.
func TestRecordsAreOfTheLastQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &slow{takes: time.Minute}
		l := freebusy.NewLimit(source, freebusy.LimitOptions{})
		if r := l.Record(); r != (freebusy.Record{}) {
			t.Errorf("before the first question: %+v", r)
		}
		for i := range 300 {
			switch {
			case i < 100:
			case i%10 == 0:
				source.takes = 5 * time.Second
			default:
				source.takes = time.Second
			}
			l.Availability(t.Context(), query("a"))
		}
		if r := l.Record(); r.Questions != 128 || r.Median != time.Second || r.Slow != 5*time.Second {
			t.Errorf("got %+v", r)
		}
		ctx, gone := context.WithCancel(t.Context())
		source.takes = time.Hour
		before := l.Record()
		go gone()
		l.Availability(ctx, query("a"))
		if after := l.Record(); after != before {
			t.Errorf("a caller that has gone makes it %+v", after)
		}
	})
}
