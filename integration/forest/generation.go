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

// build is a version number of Exchange, as ServerVersionInfo splits it.
type build struct {
	major, minor, number, revision int
	version                        string // of ServerVersionInfo; 2007 has none
	schemas                        string // EwsSupportedSchemas of autodiscover
}

var builds = map[Generation]build{
	Exchange2007:   {8, 3, 83, 0, "", "Exchange2007, Exchange2007_SP1"},
	Exchange2010:   {14, 3, 123, 3, "Exchange2010_SP2", "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2"},
	Exchange2013:   {15, 0, 847, 32, "V2_9", "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013, Exchange2013_SP1"},
	ExchangeOnline: {15, 20, 2495, 21, "V2018_01_08", "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013, Exchange2013_SP1"},
}

// String is the form of ExternalEwsVersion.
func (b build) String() string {
	return fmt.Sprintf("%d.%02d.%04d.%03d", b.major, b.minor, b.number, b.revision)
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
