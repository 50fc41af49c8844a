package freebusy_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

// otherSide is a Source that plays a forest: it remembers what it is asked and
// answers each mailbox with a calendar that carries the address that was asked.
type otherSide struct {
	takes   time.Duration
	refuses map[string]*freebusy.Error // by address
	fails   error                      // of the question as a whole

	mu    sync.Mutex // guards what follows
	asked []freebusy.Query
	most  int // questions at the same time
	now   int
}

func (o *otherSide) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	o.enter(q)
	defer o.leave()
	select {
	case <-time.After(o.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if o.fails != nil {
		return nil, o.fails
	}
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i, m := range q.Mailboxes {
		if err := o.refuses[m.Address]; err != nil {
			answers[i].Err = err
		} else {
			answers[i].Calendar = &freebusy.Calendar{Detail: q.Detail, Origin: freebusy.Origin{RequestID: m.Address}}
		}
	}
	return answers, nil
}

func (o *otherSide) enter(q freebusy.Query) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, q)
	o.now++
	o.most = max(o.most, o.now)
}

func (o *otherSide) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now--
}

// questions are the addresses of each question so far.
func (o *otherSide) questions() [][]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var asked [][]string
	for _, q := range o.asked {
		var addresses []string
		for _, m := range q.Mailboxes {
			addresses = append(addresses, m.Address)
		}
		asked = append(asked, addresses)
	}
	return asked
}

// sourceFunc is a Source that is just a function.
type sourceFunc func(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error)

func (f sourceFunc) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	return f(ctx, q)
}

// delivererFunc is a Deliverer that is just a function.
type delivererFunc func(ctx context.Context, q freebusy.Query, yield func(int, freebusy.Answer)) error

func (f delivererFunc) Deliver(ctx context.Context, q freebusy.Query, yield func(int, freebusy.Answer)) error {
	return f(ctx, q, yield)
}

func (f delivererFunc) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	return freebusy.Collect(ctx, f, q)
}

func query(addresses ...string) freebusy.Query {
	q := freebusy.Query{Window: day, Detail: freebusy.Detailed, Interval: 30 * time.Minute}
	for _, a := range addresses {
		q.Mailboxes = append(q.Mailboxes, freebusy.SMTP(a))
	}
	return q
}

// said writes answers as words: the address that was asked, or the code.
func said(answers []freebusy.Answer) []string {
	words := make([]string, len(answers))
	for i, a := range answers {
		switch {
		case a.Calendar != nil && a.Err == nil:
			words[i] = a.Calendar.Origin.RequestID
		case a.Calendar == nil && a.Err != nil:
			words[i] = string(a.Err.Code)
		default:
			words[i] = "neither calendar nor error, or both"
		}
	}
	return words
}

// ask is Availability for a Source that is not to fail as a whole.
func ask(t *testing.T, ctx context.Context, s freebusy.Source, q freebusy.Query) []freebusy.Answer {
	t.Helper()
	answers, err := s.Availability(ctx, q)
	if err != nil {
		t.Errorf("Availability failed as a whole: %v", err)
	}
	return answers
}

func TestDeliverHandsOverWhatASourceReturns(t *testing.T) {
	var got []string
	err := freebusy.Deliver(t.Context(), &otherSide{}, query("a", "b", "a"), func(i int, a freebusy.Answer) {
		got = append(got, a.Calendar.Origin.RequestID)
	})
	if want := []string{"a", "b", "a"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Deliver gave %q and %v, want %q", got, err, want)
	}
}

func TestDeliverAcceptsOnlyOneAnswerForEachMailbox(t *testing.T) {
	for name, n := range map[string]int{"none": 0, "one too few": 1, "one too many": 3} {
		t.Run(name, func(t *testing.T) {
			source := sourceFunc(func(context.Context, freebusy.Query) ([]freebusy.Answer, error) {
				return make([]freebusy.Answer, n), nil
			})
			err := freebusy.Deliver(t.Context(), source, query("a", "b"), func(i int, a freebusy.Answer) {
				t.Errorf("answer %d was handed over", i)
			})
			if err == nil {
				t.Error("Deliver gave no error")
			}
		})
	}
}

func TestCollectWaitsForAllAndRestoresTheOrder(t *testing.T) {
	backwards := delivererFunc(func(ctx context.Context, q freebusy.Query, yield func(int, freebusy.Answer)) error {
		for i, m := range slices.Backward(q.Mailboxes) {
			yield(i, freebusy.Answer{Calendar: &freebusy.Calendar{Origin: freebusy.Origin{RequestID: m.Address}}})
		}
		return nil
	})
	answers, err := freebusy.Collect(t.Context(), backwards, query("a", "b", "c"))
	if diff := cmp.Diff([]string{"a", "b", "c"}, said(answers)); diff != "" || err != nil {
		t.Errorf("Collect gave %v (-want +got):\n%s", err, diff)
	}
	broken := delivererFunc(func(context.Context, freebusy.Query, func(int, freebusy.Answer)) error {
		return errors.New("broken")
	})
	if answers, err := freebusy.Collect(t.Context(), broken, query("a")); answers != nil || err == nil {
		t.Errorf("Collect gave %v and %v for a question that failed", answers, err)
	}
}
