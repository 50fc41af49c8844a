package cache

import (
	"context"
	"testing"

	"availproxy/freebusy"
)

// careless is a Deliverer that keeps no promise.
type careless struct {
	yields []int // which mailboxes it answers, in this order
	answer freebusy.Answer
}

func (s careless) Availability(ctx context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	return freebusy.Collect(ctx, s, q)
}

func (s careless) Deliver(_ context.Context, q freebusy.Query, yield func(int, freebusy.Answer)) error {
	for _, i := range s.yields {
		a := s.answer
		if a == (freebusy.Answer{}) && i == 0 {
			a.Calendar = calendar(q)
		}
		yield(i, a)
	}
	return nil
}

// An origin that answers too often, too seldom or nothing costs the mailboxes
// that it does not answer, and nobody else.
func TestAnOriginThatBreaksItsPromise(t *testing.T) {
	const failed = freebusy.ErrorProxyRequestProcessingFailed
	tests := map[string]struct {
		origin careless
		want   [2]freebusy.Code
	}{
		"an answer twice":           {careless{yields: []int{0, 1, 1, 0}, answer: freebusy.Answer{Err: down}}, [2]freebusy.Code{failed, failed}},
		"an answer that is missing": {careless{yields: []int{0}}, [2]freebusy.Code{freebusy.NoError, failed}},
		"an answer that is nothing": {careless{yields: []int{1, 0}}, [2]freebusy.Code{freebusy.NoError, failed}},
		"no answer at all":          {careless{}, [2]freebusy.Code{failed, failed}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := newCache(t, tt.origin, lifetimes)
			answers := ask(t, c, question(alice, anna))
			c.flights.wait.Wait()
			if got := [2]freebusy.Code{code(answers[0]), code(answers[1])}; got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
