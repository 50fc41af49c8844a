//go:build linux

package activedirectory

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// daemon is a process that serves until its test ends.
type daemon struct {
	process *exec.Cmd
	log     string // path
	stop    func()
}

func start(t *testing.T, log, program string, args ...string) *daemon {
	t.Helper()
	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	process := exec.Command(program, args...)
	process.Stdout, process.Stderr = file, file
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	d := &daemon{process: process, log: log}
	stopped := false
	d.stop = func() {
		if !stopped {
			syscall.Kill(-process.Process.Pid, syscall.SIGKILL)
			process.Wait() // its error is that it was killed
			stopped = true
		}
	}
	t.Cleanup(d.stop)
	return d
}

// await waits until the daemon does what it was started for. Nothing tells when,
// so it is asked again and again.
func (d *daemon) await(t *testing.T, ready func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !ready() {
		select {
		case <-again.C:
		case <-ctx.Done():
			log, _ := os.ReadFile(d.log)
			t.Fatalf("%s is not ready:\n%s", d.process, bytes.TrimSpace(log))
		}
	}
}

func listens(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func succeeds(program string, args ...string) bool {
	return exec.Command(program, args...).Run() == nil
}
