package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// server is a contestant that listens, in a process of its own so that its
// processor time can be told from everybody else's.
type server struct {
	address string
	tls     *tls.Config // of whoever asks it; nil: plain
	metrics string      // URL of a page with its allocations; "" where there is none

	process *exec.Cmd
	log     string // file with what it says
}

// run starts a program and waits until it listens at address. Its output goes
// into a file under that name, as with a real service; env is added to ours.
func run(ctx context.Context, dir, name, address string, env []string, program string, arguments ...string) (*server, error) {
	s := &server{address: address, log: filepath.Join(dir, name+".log")}
	log, err := os.Create(s.log)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has its own
	s.process = exec.CommandContext(ctx, program, arguments...)
	s.process.Env = append(os.Environ(), env...)
	s.process.Stdout, s.process.Stderr = log, log
	s.process.Cancel = func() error { return s.process.Process.Signal(os.Interrupt) }
	s.process.WaitDelay = patience
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	if err := s.listens(ctx); err != nil {
		s.stop()
		said, _ := os.ReadFile(s.log)
		return nil, fmt.Errorf("%s: %w\n%s", name, err, said)
	}
	return s, nil
}

// listens waits until somebody answers at the address.
func (s *server) listens(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		open, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
		if err == nil {
			return open.Close()
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return err
		}
	}
}

// stop ends the process and waits for it.
func (s *server) stop() {
	if s.process.Process.Signal(os.Interrupt) != nil { // Windows has none
		s.process.Process.Kill()
	}
	s.process.Wait()
}

// freeAddress is a port of loopback that nobody listens at. It stays free until
// somebody else takes it.
func freeAddress() (string, error) {
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer open.Close()
	return open.Addr().String(), nil
}
