package main

import (
	"fmt"

	"availproxy/integration/forest"
)

// population is a forest of that many people who grant their times and no
// more. They share the calendars of a few, so that thousands take no memory.
func population(people int) *forest.Truth {
	const calendars, named = 60, 12 // the first mailboxes of every forest are odd cases
	seeded := forest.Seeded(1, forest.Calendars{Mailboxes: named + calendars, Before: 1, After: 2})
	truth := *seeded
	truth.Mailboxes = make([]forest.Mailbox, people)
	for i := range truth.Mailboxes {
		m := seeded.Mailboxes[named+i%calendars]
		m.Address = address(&truth, i)
		truth.Mailboxes[i] = m
	}
	return &truth
}

// address is that of person i.
func address(t *forest.Truth, i int) string { return fmt.Sprintf("%05d.person@%s", i, t.Domain) }
