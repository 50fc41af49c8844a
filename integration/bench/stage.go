package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"availproxy/integration/forest"
)

// stage is what all contestants have in common: the forest behind them, the
// programs, and a directory. The forest answers in this process, so that its
// work does not count as theirs.
type stage struct {
	dir    string
	forest *forest.Forest
	caller *caller

	availproxy, peer string // programs
	nginx            string // "": there is none

	collector *httptest.Server // gets the traces of availproxy
	traces    atomic.Int64     // how often it got some
}

// newStage builds the programs and starts the forest. The caller closes it.
func newStage(ctx context.Context, people int) (_ *stage, err error) {
	s := &stage{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.dir, err = os.MkdirTemp("", "availproxy-bench-"); err != nil {
		return nil, err
	}
	if s.forest, err = forest.New(forest.Options{Truth: population(people)}); err != nil {
		return nil, err
	}
	if err := s.forest.Start(ctx); err != nil {
		return nil, err
	}
	if _, err := (forest.Material{Forests: []*forest.Forest{s.forest}}).Write(s.dir); err != nil {
		return nil, err
	}
	token := s.forest.Token(s.forest.Host(), time.Now().Add(8*time.Hour))
	if err := os.WriteFile(s.path("token"), []byte(token), 0o600); err != nil {
		return nil, err
	}
	s.caller = newCaller(s.forest.Organization)
	s.collector = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		s.traces.Add(1)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	s.nginx = findNginx()
	return s, s.build(ctx)
}

func (s *stage) build(ctx context.Context) error {
	s.availproxy, s.peer = s.path("availproxy.exe"), s.path("peer.exe") // Windows wants the ending, nobody else minds
	for program, source := range map[string]string{s.availproxy: "availproxy/cmd/availproxy", s.peer: "availproxy/integration/bench/peer"} {
		build := exec.CommandContext(ctx, "go", "build", "-o", program, source)
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return errors.Join(errors.New("go build "+source), err)
		}
	}
	return nil
}

func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }

// close is to be called once every server has been stopped.
func (s *stage) close() {
	if s.collector != nil {
		s.collector.Close()
	}
	if s.forest != nil {
		s.forest.Close()
	}
	os.RemoveAll(s.dir)
}

// upstream is where the forest's EWS really is.
func (s *stage) upstream() string { return s.forest.ConnectTo()[s.forest.Host()+":443"] }

// lookUps is for how many mailboxes the forest has been asked since it was last
// told to forget.
func (s *stage) lookUps() (n int) {
	for i := range s.forest.Truth.Mailboxes {
		n += s.forest.EWS.Journal.Asked(s.forest.Truth.Mailboxes[i].Address)
	}
	return n
}
