package cache

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"availproxy/freebusy"
)

// Counts are what has become of the mailboxes of one forest since the start,
// and what is held of them now. A mailbox that is asked for twice counts twice.
type Counts struct {
	Forest string // the connector that answered, else the one of the domain; "" where none leads there

	Requests  int64 // looked up: the sum of Hits, Negative, Misses and what Stale has of memory
	Hits      int64 // answered from memory while fresh
	Negative  int64 // answered from memory with a failure
	Stale     int64 // answered from memory though no longer fresh
	Misses    int64 // not answered from memory
	Partial   int64 // of the Misses, those of which some of the hours were known
	Coalesced int64 // fetches that somebody waited for who had not begun them
	Renewed   int64 // answered from memory and fetched anew
	Fetched   int64 // asked for behind the cache, once for each stretch of hours
	Evicted   int64 // forgotten for lack of memory
	Purged    int64 // forgotten because somebody said so

	Mailboxes int64 // held
	Bytes     int64 // that they take
}

// tally is a Counts at work. Counting is one atomic addition, whatever becomes
// of the numbers.
type tally struct {
	forest string

	requests, hits, negative, stale, misses, partial, coalesced, renewed, fetched, evicted, purged atomic.Int64

	failures freebusy.CodeTally // the negative ones, by code

	mailboxes, bytes atomic.Int64
}

func (t *tally) counts() Counts {
	return Counts{
		Forest: t.forest, Requests: t.requests.Load(), Hits: t.hits.Load(), Negative: t.negative.Load(), Stale: t.stale.Load(),
		Misses: t.misses.Load(), Partial: t.partial.Load(), Coalesced: t.coalesced.Load(), Renewed: t.renewed.Load(),
		Fetched: t.fetched.Load(), Evicted: t.evicted.Load(), Purged: t.purged.Load(), Mailboxes: t.mailboxes.Load(), Bytes: t.bytes.Load(),
	}
}

// tallies are those of all forests, by connector. There are as many as there
// are connectors, and one for mailboxes that have none.
type tallies struct {
	adding sync.Mutex
	all    atomic.Pointer[map[string]*tally] // never changed, only replaced
}

// of is the tally of that connector, made when it is counted for the first time.
func (t *tallies) of(connector string) *tally {
	if all := t.all.Load(); all != nil {
		if found, ok := (*all)[connector]; ok {
			return found
		}
	}
	t.adding.Lock()
	defer t.adding.Unlock()
	more := map[string]*tally{}
	if all := t.all.Load(); all != nil {
		more = maps.Clone(*all)
	}
	if more[connector] == nil {
		more[connector] = &tally{forest: connector}
	}
	t.all.Store(&more)
	return more[connector]
}

// counts are those of all forests, by name.
func (t *tallies) counts() []Counts {
	var all []Counts
	for _, one := range t.sorted() {
		all = append(all, one.counts())
	}
	return all
}

// sorted are all tallies, by the name of the forest.
func (t *tallies) sorted() []*tally {
	held := t.all.Load()
	if held == nil {
		return nil
	}
	return slices.SortedFunc(maps.Values(*held), func(a, b *tally) int { return cmp.Compare(a.forest, b.forest) })
}

// forest is the connector that m belongs to, "" when there is none. It is for
// mailboxes that memory does not answer.
func (c *Cache) forest(m freebusy.Mailbox) string {
	if c.options.Forest == nil {
		return ""
	}
	return c.options.Forest(m)
}

// count is the tally for an answer about m: that of the forest which gave it,
// else that of m.
func (c *Cache) count(m freebusy.Mailbox, a freebusy.Answer) *tally {
	if a.Calendar != nil {
		return c.store.tallies.of(a.Calendar.Origin.Connector)
	}
	return c.store.tallies.of(c.forest(m))
}
