package osservice

import "time"

// State is what becomes of the process.
type State int

// The states in the order in which they come; Reloading leads back to Ready.
const (
	Ready     State = iota // it serves
	Reloading              // it reads its configuration anew, and serves all the while
	Alive                  // nothing has changed
	Stopping               // it has been told to end
)

// Supervisor is whoever has started the process and looks after it.
type Supervisor interface {
	// Tell reports a state with a line for the operator; an empty status leaves
	// the last one. It does not block. The error is for the log: there is nothing
	// else to do about it.
	Tell(state State, status string) error
	// Patience is how long the supervisor waits for the next Alive before it
	// takes the process for dead; 0 is for ever.
	Patience() time.Duration
}

// Nobody is the Supervisor of a process that was started by hand.
type Nobody struct{}

var _ Supervisor = Nobody{}

// Tell implements [Supervisor].
func (Nobody) Tell(State, string) error { return nil }

// Patience implements [Supervisor].
func (Nobody) Patience() time.Duration { return 0 }
