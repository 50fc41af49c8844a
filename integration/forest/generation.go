package forest

import "fmt"

// Generation is an age of Exchange. It decides which words a server or a caller
// knows and how it writes them. The zero Generation is none.
type Generation int

// The generations, oldest first, so that they compare with <.
const (
	Exchange2007   Generation = iota + 1 // 8.3
	Exchange2010                         // 14.3
	Exchange2013                         // 15.0: as a server with SP1, as a caller before it
	ExchangeOnline                       // 15.20
)

var generationNames = map[Generation]string{Exchange2007: "2007", Exchange2010: "2010", Exchange2013: "2013", ExchangeOnline: "online"}

// String returns the year, or "online".
func (g Generation) String() string {
	if name, known := generationNames[g]; known {
		return name
	}
	return fmt.Sprintf("Generation(%d)", int(g))
}

// ParseGeneration reads what String writes.
func ParseGeneration(name string) (Generation, error) {
	for g, n := range generationNames {
		if n == name {
			return g, nil
		}
	}
	return 0, fmt.Errorf("forest: there is no Exchange %q: want 2007, 2010, 2013 or online", name)
}

// maximumDays is the longest window that a server of this age answers
// (sharing-exchange-2013-help).
func (g Generation) maximumDays() int {
	if g < Exchange2013 {
		return 42
	}
	return 62
}

// knows reports whether the word is a BusyType in the schema of this age.
func (g Generation) knows(busy BusyType) bool {
	switch busy {
	case Free, Tentative, Busy, OOF, NoData:
		return true
	case WorkingElsewhere:
		return g >= Exchange2013
	}
	return false
}
