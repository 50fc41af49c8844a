package osservice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
	"golang.org/x/sys/windows/svc/mgr"
)

// managed reports whether the service control manager has started the process.
func managed() (bool, error) {
	service, err := svc.IsWindowsService()
	if err != nil {
		return false, fmt.Errorf("osservice: %w", err)
	}
	return service, nil
}

// runManaged does the work as a service. The manager ends it, not ctx alone.
func runManaged(ctx context.Context, work Work, err error) error {
	if err != nil {
		return err
	}
	h := &handler{ctx: ctx, work: work}
	if err := svc.Run("", h); err != nil { // an own process: the name does not count
		return fmt.Errorf("osservice: %w", err)
	}
	return h.err
}

// handler is the service in the words of Windows.
type handler struct {
	ctx  context.Context
	work Work
	err  error // what the work has returned
}

const accepted = svc.AcceptStop | svc.AcceptPreShutdown | svc.AcceptParamChange

// Execute implements [svc.Handler].
func (h *handler) Execute(args []string, wanted <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	var host Host
	log, err := eventlog.Open(args[0]) // the name under which we were installed
	if err == nil {
		defer log.Close()
		host.Log = events{log}
		_ = log.Info(EventStarted, "availproxy starts")
	}
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	m := &machine{work: h.work, host: host, requests: translate(ctx, wanted), every: time.Second, patience: 10 * time.Second}
	m.report = func(r Report) { status <- toWindows(r) }
	h.err = m.run(ctx)
	if log != nil && h.err != nil {
		_ = log.Error(EventEnded, h.err.Error())
	} else if log != nil {
		_ = log.Info(EventStopped, "availproxy has stopped")
	}
	if h.err != nil {
		return true, 1 // an error of ours: the recovery actions follow
	}
	return false, 0
}

// translate passes on what we understand, until ctx ends.
func translate(ctx context.Context, wanted <-chan svc.ChangeRequest) <-chan Request {
	words := map[svc.Cmd]Request{svc.Interrogate: Interrogate, svc.Stop: Stop, svc.PreShutdown: Stop, svc.ParamChange: ParamChange}
	requests := make(chan Request)
	go func() { // ends with ctx, which the service ends with
		for {
			select {
			case change := <-wanted:
				if request, ok := words[change.Cmd]; ok {
					select {
					case requests <- request:
					case <-ctx.Done():
						return
					}
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return requests
}

func toWindows(r Report) svc.Status {
	s := svc.Status{CheckPoint: r.CheckPoint, WaitHint: uint32(r.Wait.Milliseconds())}
	switch r.Phase {
	case StartPending:
		s.State = svc.StartPending
	case Running:
		s.State, s.Accepts = svc.Running, accepted
	case StopPending:
		s.State = svc.StopPending
	}
	return s
}

// Install makes the service and the source of its events. Windows starts it with
// the machine, after the services that cannot wait, and again when it fails.
func Install(i Installation) error {
	if err := i.Check(); err != nil {
		return err
	}
	return manage(func(m *mgr.Mgr) error {
		s, err := m.CreateService(i.Name, i.Executable, mgr.Config{
			DisplayName: "availproxy", Description: "Answers the free/busy questions of old Exchange servers about mailboxes in other forests.",
			StartType: mgr.StartAutomatic, DelayedAutoStart: true, ServiceStartName: i.account(), Password: i.Password,
		}, i.Arguments...)
		if err != nil {
			return fmt.Errorf("osservice: create the service %s: %w", i.Name, err)
		}
		defer s.Close()
		if err := furnish(s, i.Name); err != nil {
			return errors.Join(err, s.Delete())
		}
		return nil
	})
}

// furnish gives the service what CreateService does not.
func furnish(s *mgr.Service, name string) error {
	restart := func(after time.Duration) mgr.RecoveryAction {
		return mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: after}
	}
	const day = 24 * 60 * 60
	if err := s.SetRecoveryActions([]mgr.RecoveryAction{restart(2 * time.Second), restart(10 * time.Second), restart(time.Minute)}, day); err != nil {
		return fmt.Errorf("osservice: recovery actions: %w", err)
	}
	if err := s.SetRecoveryActionsOnNonCrashFailures(true); err != nil {
		return fmt.Errorf("osservice: recovery actions: %w", err)
	}
	if err := eventlog.InstallAsEventCreate(name, eventlog.Info|eventlog.Warning|eventlog.Error); err != nil {
		return fmt.Errorf("osservice: source of events: %w", err)
	}
	return nil
}

// Uninstall stops the service and removes it and the source of its events.
func Uninstall(ctx context.Context, name string) error {
	return with(name, func(s *mgr.Service) error {
		if status, err := s.Query(); err == nil && status.State != svc.Stopped {
			if err := halt(ctx, s); err != nil {
				return err
			}
		}
		return errors.Join(s.Delete(), eventlog.Remove(name))
	})
}

// StartService has Windows start the service, and waits until it runs.
func StartService(ctx context.Context, name string) error {
	return with(name, func(s *mgr.Service) error {
		if err := s.Start(); err != nil {
			return err
		}
		return await(ctx, s, svc.Running)
	})
}

// StopService has Windows stop the service, and waits until it has stopped.
func StopService(ctx context.Context, name string) error {
	return with(name, func(s *mgr.Service) error { return halt(ctx, s) })
}

func halt(ctx context.Context, s *mgr.Service) error {
	if _, err := s.Control(svc.Stop); err != nil {
		return err
	}
	return await(ctx, s, svc.Stopped)
}

// await returns once the service is in that state, or never will be.
func await(ctx context.Context, s *mgr.Service, state svc.State) error {
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		status, err := s.Query()
		switch {
		case err != nil:
			return err
		case status.State == state:
			return nil
		case status.State == svc.Stopped:
			return fmt.Errorf("the service has stopped with code %d; its events and its log say why", max(status.ServiceSpecificExitCode, status.Win32ExitCode))
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func manage(f func(*mgr.Mgr) error) error {
	m, err := mgr.Connect()
	if err != nil {
		return fmt.Errorf("osservice: %w; this needs an elevated prompt", err)
	}
	defer m.Disconnect()
	return f(m)
}

func with(name string, f func(*mgr.Service) error) error {
	return manage(func(m *mgr.Mgr) error {
		s, err := m.OpenService(name)
		if err != nil {
			return fmt.Errorf("osservice: the service %s: %w", name, err)
		}
		defer s.Close()
		if err := f(s); err != nil {
			return fmt.Errorf("osservice: the service %s: %w", name, err)
		}
		return nil
	})
}
