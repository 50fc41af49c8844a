package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	"availproxy/cmd/internal/admin"
	"availproxy/cmd/internal/osservice"
)

// reportEvery is how often the supervisor gets a new line about the forests, if it
// does not want to hear from us more often.
const reportEvery = 10 * time.Second

// report tells the supervisor until ctx ends that we are alive. It first looks at
// what every question needs, so that a process which hangs there is not called
// alive.
func (s *Server) report(ctx context.Context) error {
	every := reportEvery
	if patience := s.options.Supervisor.Patience(); patience > 0 {
		every = min(every, patience/2) // sd_watchdog_enabled(3)
	}
	again := time.NewTicker(every)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			s.tell(ctx, osservice.Alive, s.summary())
		case <-ctx.Done():
			return nil
		}
	}
}

// whileReloading tells the supervisor around a reload, unless it has asked for the
// end by then.
func (s *Server) whileReloading(ctx context.Context, reload func()) {
	if s.draining.Load() {
		reload()
		return
	}
	s.tell(ctx, osservice.Reloading, "reading the configuration")
	reload()
	s.tell(ctx, osservice.Ready, s.summary())
}

func (s *Server) tell(ctx context.Context, state osservice.State, status string) {
	if err := s.options.Supervisor.Tell(state, status); err != nil {
		s.options.Log.WarnContext(ctx, "the supervisor cannot be told", "err", err)
	}
}

// summary is how we do, in one line.
func (s *Server) summary() string {
	w := s.current.Load()
	count := map[admin.Health]int{}
	var down []string
	for _, d := range w.directory.Snapshot() {
		st := w.forestStatus(w.forests[d.Connector], d)
		count[st.Health]++
		if st.Health == admin.Down {
			down = append(down, d.Connector)
		}
	}
	var forests []string
	for _, health := range []admin.Health{admin.Up, admin.Trouble, admin.Down, admin.Unknown} {
		if n := count[health]; n > 0 {
			forests = append(forests, fmt.Sprintf("%d %s", n, health))
		}
	}
	line := "serving"
	if reasons := s.notReady(); len(reasons) > 0 {
		line = "not ready: " + strings.Join(reasons, ", ")
	}
	line += "; forests: " + strings.Join(forests, ", ")
	if len(down) > 0 {
		line += " (" + strings.Join(down, ", ") + ")"
	}
	return line
}
