package osservice

import (
	"context"
	"os"
	"time"
)

// Request is what a service control manager wants of a service (learn.microsoft.com,
// LPHANDLER_FUNCTION_EX).
type Request int

// The requests that a service of ours accepts. A machine that goes down sends
// Stop, as SERVICE_CONTROL_PRESHUTDOWN: that waits for longer than
// SERVICE_CONTROL_SHUTDOWN does.
const (
	Interrogate Request = iota
	Stop
	ParamChange // sc control NAME paramchange: read the configuration anew
)

// Phase is the state of a service in the words of SERVICE_STATUS.
type Phase int

// The phases in their order.
const (
	StartPending Phase = iota
	Running
	StopPending
)

// Report is what a service tells the manager. While something is pending the
// check point grows and Wait says when to expect the next one; a service that does
// neither is taken for hung.
type Report struct {
	Phase      Phase
	CheckPoint uint32
	Wait       time.Duration
}

// machine is a service while it runs: one goroutine turns what the manager wants
// and what the work says into reports.
type machine struct {
	work     Work
	host     Host
	requests <-chan Request
	report   func(Report)
	every    time.Duration // between two check points
	patience time.Duration // that we ask of the manager, in which several check points come

	ready chan struct{} // holds the news that the work has begun to serve
	state Report
}

var _ Supervisor = (*machine)(nil)

// Tell implements [Supervisor]. The manager has no place for the status.
func (m *machine) Tell(state State, _ string) error {
	if state == Ready {
		select {
		case m.ready <- struct{}{}:
		default: // as after each reload
		}
	}
	return nil
}

// Patience implements [Supervisor]: the manager does not watch a running service.
func (m *machine) Patience() time.Duration { return 0 }

// run returns once the work has.
func (m *machine) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	m.host.Supervisor, m.host.Reload, m.ready = m, make(chan os.Signal, 1), make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() { ended <- m.work(ctx, m.host) }() // awaited below
	m.enter(StartPending)
	again := time.NewTicker(m.every)
	defer again.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-m.ready:
			if m.state.Phase == StartPending {
				m.enter(Running)
			}
		case <-again.C: // the manager waits to see progress
			if m.state.Phase != Running {
				m.state.CheckPoint++
				m.report(m.state)
			}
		case request := <-m.requests:
			m.obey(request, stop)
		}
	}
}

func (m *machine) obey(request Request, stop func()) {
	switch request {
	case Interrogate:
		m.report(m.state)
	case Stop:
		if m.state.Phase != StopPending {
			m.enter(StopPending)
			stop()
		}
	case ParamChange:
		select {
		case m.host.Reload <- os.Interrupt: // one signal is as good as another
		default: // one is due already
		}
	}
}

func (m *machine) enter(phase Phase) {
	m.state = Report{Phase: phase}
	if phase != Running {
		m.state.CheckPoint, m.state.Wait = 1, m.patience
	}
	m.report(m.state)
}
