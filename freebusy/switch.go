package freebusy

import (
	"context"
	"errors"
	"sync"
	"time"
)

// How sure a Switch wants to be that EWS has ended: one firewall or one bad
// minute must not move an organisation.
const (
	withdrawnQuestions = 3
	withdrawnFor       = 5 * time.Minute
)

// ErrWithdrawn marks, inside an [Error], that the other side does not serve the
// interface any more by which it was asked, to nobody or not to our application.
// Another one may answer.
var ErrWithdrawn = errors.New("the other side has withdrawn this interface")

// Switch leads the questions to one forest to EWS as long as there is EWS, and to
// Graph from then on. EWS has ended on EndDate; or when it has turned questions
// away with [ErrWithdrawn], at least 3 of them over at least 5 minutes, none
// answered in between, while Graph did answer. Nothing else moves it, and it
// does not move back. It remembers nothing beyond its life.
//
// Until then Graph answers those questions that EWS turns away in that way. It
// must not be copied.
type Switch struct {
	Graph   Source
	EndDate time.Time // zero: there is none

	// Moved is called once, when EWS has ended, and says why.
	Moved func(ctx context.Context, why string)

	mu     sync.Mutex // guards what follows
	count  int        // questions turned away in a row
	first  time.Time  // the first of them
	proven bool       // Graph has answered one of them
	why    string     // EWS has ended; "" as long as it has not
}

// Between is a Source that asks ews or Graph.
func (s *Switch) Between(ews Source) Source { return switched{s, ews} }

// Ended says why EWS is not asked any more, or "" while it is.
func (s *Switch) Ended() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended(time.Now())
}

func (s *Switch) ended(now time.Time) string {
	if s.why == "" && !s.EndDate.IsZero() && !now.Before(s.EndDate) {
		return "ews_end_date " + s.EndDate.Format(time.DateOnly) + " has come"
	}
	return s.why
}

// over is Ended for a question, and tells the first one that it is so.
func (s *Switch) over(ctx context.Context) bool {
	s.mu.Lock()
	why := s.ended(time.Now())
	news := why != s.why
	s.why = why
	s.mu.Unlock()
	s.tell(ctx, news)
	return why != ""
}

// answered records that EWS gave somebody's calendar.
func (s *Switch) answered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count, s.proven = 0, false
}

// turnedAway records that EWS turned a question away, and whether Graph answered
// it.
func (s *Switch) turnedAway(ctx context.Context, proven bool) {
	s.mu.Lock()
	now := time.Now()
	if s.count == 0 {
		s.first = now
	}
	s.count++
	s.proven = s.proven || proven
	news := s.why == "" && s.proven && s.count >= withdrawnQuestions && now.Sub(s.first) >= withdrawnFor
	if news {
		s.why = "EWS has turned away every question since " + clock(s.first) + ", and Graph answers"
	}
	s.mu.Unlock()
	s.tell(ctx, news)
}

func (s *Switch) tell(ctx context.Context, news bool) {
	if news && s.Moved != nil {
		s.Moved(ctx, s.Ended())
	}
}

// switched is a Switch in front of one EWS endpoint.
type switched struct {
	*Switch
	ews Source
}

var _ Deliverer = switched{}

// Availability implements [Source].
func (s switched) Availability(ctx context.Context, q Query) ([]Answer, error) {
	return Collect(ctx, s, q)
}

// Deliver implements [Deliverer].
func (s switched) Deliver(ctx context.Context, q Query, yield func(i int, a Answer)) error {
	if s.over(ctx) {
		return Deliver(ctx, s.Graph, q, yield)
	}
	away := map[int]*Error{} // by the place of the mailbox
	served := false
	err := Deliver(ctx, s.ews, q, func(i int, a Answer) {
		if a.Err != nil && errors.Is(a.Err, ErrWithdrawn) {
			away[i] = a.Err
			return
		}
		served = served || a.Calendar != nil
		yield(i, a)
	})
	if served {
		s.answered()
	}
	if len(away) > 0 {
		s.askGraph(ctx, q, away, yield)
	}
	return err
}

// askGraph asks Graph about the mailboxes that EWS turned away.
func (s switched) askGraph(ctx context.Context, q Query, away map[int]*Error, yield func(i int, a Answer)) {
	rest := q
	rest.Mailboxes = nil
	var places []int
	for i, m := range q.Mailboxes {
		if away[i] != nil {
			rest.Mailboxes, places = append(rest.Mailboxes, m), append(places, i)
		}
	}
	proven := false
	told := make([]bool, len(places))
	err := Deliver(ctx, s.Graph, rest, func(n int, a Answer) {
		proven, told[n] = proven || a.Calendar != nil, true
		if a.Err != nil && (onTheWay(a.Err.Code) || errors.Is(a.Err, ErrRefused)) {
			a.Err = neither(away[places[n]], a.Err)
		}
		yield(places[n], a)
	})
	for n, i := range places {
		if !told[n] {
			yield(i, Answer{Err: neither(away[i], err)})
		}
	}
	s.turnedAway(ctx, proven)
}

// neither is the failure of EWS, to which that of Graph is added for the log.
func neither(ews *Error, graph error) *Error {
	both := *ews
	both.Err = errors.Join(ews.Err, graph)
	return &both
}
