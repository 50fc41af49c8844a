package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"availproxy/integration/forest"
)

// A script is what the scheduling assistants of one organisation ask: people of
// teams open meeting forms, mostly for their own team and else for whoever is
// popular; many forms are for people who have met before; then somebody is
// added, or the form turns to the next week. Some windows are whole weeks or
// days, others begin at the second at which the question is asked.
//
// The shares are guesses; nobody has published any. They come to 3.7 mailboxes
// a question, and the same seed gives the same script.
type script struct {
	truth   *forest.Truth
	rand    *rand.Rand
	popular *rand.Zipf
	now     time.Time
	met     [][]int           // attendees of earlier forms
	open    []form            // that will ask again, in the order in which they do
	asked   []forest.Question // so far
}

const (
	teamSize     = 12
	formsEvery   = time.Second / 3
	thinksFor    = 15 * time.Second // before a form asks again
	ownTeam      = 0.70             // of attendees
	metBefore    = 0.20             // of forms
	adds         = 0.35             // of forms: somebody is added
	pagesOnward  = 0.25             // of forms: the next week is looked at
	changesTwice = 0.15             // of forms that have changed
)

// newScript begins a script among the people of a forest.
func newScript(t *forest.Truth, seed uint64) *script {
	r := rand.New(rand.NewPCG(seed, 0))
	return &script{
		truth: t, rand: r, now: t.Week.Add(9 * time.Hour),
		popular: rand.NewZipf(r, 1.1, 10, uint64(len(t.Mailboxes)-1)),
	}
}

// play returns what is asked with the next so many forms.
func (s *script) play(forms int) []forest.Question {
	began := len(s.asked)
	for range forms {
		s.now = s.now.Add(formsEvery)
		for len(s.open) > 0 && !s.open[0].again.After(s.now) {
			s.goOn(s.open[0])
			s.open = s.open[1:]
		}
		s.begin()
	}
	return s.asked[began:]
}

// form is one that somebody has open.
type form struct {
	attendees []int
	from, to  time.Time
	again     time.Time // when it asks once more
}

func (s *script) begin() {
	f := form{attendees: s.attendees()}
	f.from, f.to = s.window()
	s.ask(f)
	s.met = append(s.met, f.attendees)
	s.leaveOpen(f)
}

// leaveOpen lets f ask again after a while, with one change, or never.
func (s *script) leaveOpen(f form) {
	switch what := s.rand.Float64(); {
	case what < adds:
		f.attendees = s.add(f.attendees)
	case what < adds+pagesOnward:
		f.from, f.to = f.from.AddDate(0, 0, 7), f.to.AddDate(0, 0, 7)
	default:
		return
	}
	f.again = s.now.Add(thinksFor)
	s.open = append(s.open, f)
}

func (s *script) goOn(f form) {
	s.ask(f)
	if s.chance(changesTwice) {
		s.leaveOpen(f)
	}
}

func (s *script) attendees() []int {
	if len(s.met) > 0 && s.chance(metBefore) {
		return s.met[s.rand.IntN(len(s.met))]
	}
	people := []int{s.rand.IntN(len(s.truth.Mailboxes))}
	people = s.add(people)
	for s.chance(0.59) && len(people) < teamSize {
		people = s.add(people)
	}
	return people
}

// add returns attendees with one more, whom the first of them invites.
func (s *script) add(attendees []int) []int {
	team := attendees[0] / teamSize * teamSize
	for {
		one := int(s.popular.Uint64())
		if s.chance(ownTeam) {
			one = min(team+s.rand.IntN(teamSize), len(s.truth.Mailboxes)-1)
		}
		if !slices.Contains(attendees, one) {
			return append(slices.Clone(attendees), one)
		}
	}
}

// window is the hours that a form shows.
func (s *script) window() (from, to time.Time) {
	monday := s.truth.Week
	switch kind := s.rand.Float64(); {
	case kind < 0.55:
		return monday, monday.AddDate(0, 0, 7)
	case kind < 0.70:
		return monday.AddDate(0, 0, 7), monday.AddDate(0, 0, 14)
	case kind < 0.90:
		return s.now.Truncate(time.Second), s.now.Truncate(time.Second).AddDate(0, 0, 2)
	default:
		return monday, monday.AddDate(0, 0, 1)
	}
}

func (s *script) ask(f form) {
	q := forest.Question{From: f.from, To: f.to}
	for _, one := range f.attendees {
		q.Mailboxes = append(q.Mailboxes, address(s.truth, one))
	}
	s.asked = append(s.asked, q)
}

func (s *script) chance(p float64) bool { return s.rand.Float64() < p }

// strangers are questions for five random people out of a thousand, in which
// hardly any set comes twice.
func strangers(t *forest.Truth, seed uint64, n int) []forest.Question {
	r := rand.New(rand.NewPCG(seed, 1))
	var all []forest.Question
	for range n {
		q := week(t, 0, 0)
		for _, one := range r.Perm(1000)[:5] {
			q.Mailboxes = append(q.Mailboxes, address(t, one))
		}
		all = append(all, q)
	}
	return all
}
