package admin

import (
	"net/url"
	"time"
)

// ForestStatus is what is known about one connector.
type ForestStatus struct {
	Connector, Backend string
	Domains            []string
	Endpoint           string // "" until discovery has found one
	Health             Health
	State              string // in words: "not asked until 12:03:00 UTC"

	InFlight, MaxConcurrency int // questions under way now, and at most
	Latency                  Latency
	Answered                 time.Time // the last good answer; zero: none yet
	Failure                  *Failure  // the last one; nil: none yet
}

// ID is the fragment of the forest on the page. Names of connectors may hold
// anything.
func (f ForestStatus) ID() string { return "forest-" + url.QueryEscape(f.Connector) }

// Latency is how long the last questions took.
type Latency struct {
	Questions    int // that were measured
	Median, Slow time.Duration
}

// Health is how a forest does, in a word.
type Health string

// The healths of a forest.
const (
	Up      Health = "up"
	Trouble Health = "in trouble" // it still answers, or may
	Down    Health = "down"       // it is not asked
	Unknown Health = "not asked yet"
)

// Class is the word of the stylesheet for h.
func (h Health) Class() string {
	switch h {
	case Up:
		return "up"
	case Trouble:
		return "trouble"
	case Down:
		return "down"
	default:
		return "unknown"
	}
}

// Failure is why something went wrong, for the operator: what callers are told,
// and what they are not.
type Failure struct {
	Said   string // the code and the text of the answer
	Why    string // the cause, in the words of the log; may be ""
	Cause  string // its id in the catalogue of `availproxy explain`; "" when it is not known
	Remedy string // what to do about it
	At     time.Time
}
