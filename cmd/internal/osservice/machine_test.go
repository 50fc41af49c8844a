package osservice

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// manager is a service control manager that writes down what it is told.
type manager struct {
	requests chan Request
	told     []string
}

func (m *manager) report(r Report) {
	name := map[Phase]string{StartPending: "start pending", Running: "running", StopPending: "stop pending"}[r.Phase]
	if r.Phase != Running {
		name += fmt.Sprintf(" %d, wait %s", r.CheckPoint, r.Wait)
	}
	m.told = append(m.told, name)
}

// send passes a request on and waits until it has been obeyed.
func (m *manager) send(r Request) {
	m.requests <- r
	synctest.Wait()
}

func TestAServiceTellsTheManagerWhatItDoes(t *testing.T) {
	boom := errors.New("boom")
	slow := func(ctx context.Context, host Host) error { // needs a while at both ends
		time.Sleep(2500 * time.Millisecond)
		host.Tell(Ready, "serving")
		<-ctx.Done()
		host.Tell(Stopping, "lame duck")
		time.Sleep(1200 * time.Millisecond)
		return nil
	}
	tests := map[string]struct {
		work    Work
		control func(*manager)
		want    []string
		err     error
	}{
		"it starts, is asked, and stops": {
			work: slow,
			control: func(m *manager) {
				time.Sleep(time.Minute)
				m.send(Interrogate)
				m.send(Stop)
				m.send(Stop)
			},
			want: []string{
				"start pending 1, wait 10s", "start pending 2, wait 10s", "start pending 3, wait 10s", "running", "running",
				"stop pending 1, wait 10s", "stop pending 2, wait 10s",
			},
		},
		"it is stopped before it runs": {
			work: slow,
			control: func(m *manager) {
				time.Sleep(500 * time.Millisecond)
				m.send(Stop)
			},
			want: []string{
				"start pending 1, wait 10s", "stop pending 1, wait 10s", "stop pending 2, wait 10s", "stop pending 3, wait 10s", "stop pending 4, wait 10s",
			},
		},
		"it fails": {
			work:    func(context.Context, Host) error { return boom },
			control: func(*manager) {},
			want:    []string{"start pending 1, wait 10s"},
			err:     boom,
		},
		"its configuration has changed twice while it was busy": {
			work: func(ctx context.Context, host Host) error {
				host.Tell(Ready, "")
				time.Sleep(time.Second)
				<-host.Reload
				host.Tell(Reloading, "")
				host.Tell(Ready, "")
				select {
				case <-host.Reload:
					return errors.New("one reload was enough")
				case <-ctx.Done():
					return nil
				}
			},
			control: func(m *manager) {
				m.send(ParamChange)
				m.send(ParamChange)
				time.Sleep(2 * time.Second)
				m.send(Stop)
			},
			want: []string{"start pending 1, wait 10s", "running", "stop pending 1, wait 10s"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				scm := &manager{requests: make(chan Request)}
				m := &machine{work: tt.work, requests: scm.requests, report: scm.report, every: time.Second, patience: 10 * time.Second}
				ended := make(chan error)
				go func() { ended <- m.run(t.Context()) }()
				synctest.Wait()
				tt.control(scm)
				if err := <-ended; err != tt.err {
					t.Errorf("it ended with %v, want %v", err, tt.err)
				}
				if diff := cmp.Diff(tt.want, scm.told); diff != "" {
					t.Errorf("the manager was told (-want +got):\n%s", diff)
				}
			})
		})
	}
}
