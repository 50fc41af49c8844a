package server

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/cmd/internal/config"
)

// TestAChangedFileIsReadAgain changes the configuration and a file that it
// names, each once, without telling anybody.
func TestAChangedFileIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	path, users := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "users.htpasswd")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const text = "listen: \"127.0.0.1:0\"\nadmin: {listen: \"127.0.0.1:0\"}\nclients: {basic: {users_file: users.htpasswd}, allow: [\"basic:ex2010\"]}\n"
	write(path, text)
	write(users, "# nobody yet\n")
	read := func() (*config.Config, error) { return config.Read(path, os.Getenv) }
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c, err := read()
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(c, Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Read: read, Path: path})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.While(ctx, s.watch) }()
		reloads := func() int {
			time.Sleep(2 * watchEvery)
			synctest.Wait()
			return strings.Count(log.String(), "configuration reloaded")
		}
		for _, step := range []struct {
			when   string
			change func()
			want   int
		}{
			{"nothing has changed", func() {}, 0},
			{"the configuration has changed", func() { write(path, text+"timeouts: {answer: 7s}\n") }, 1},
			{"a file that it names has changed", func() { write(users, "# nobody at all\n") }, 2},
			{"it is broken", func() { write(path, text+"timeouts: 7s\n") }, 2},
			{"it is as it was", func() { write(path, text) }, 3},
		} {
			step.change()
			if got := reloads(); got != step.want {
				t.Errorf("when %s: %d reloads, want %d", step.when, got, step.want)
			}
		}
		if n := strings.Count(log.String(), "reload failed"); n != 1 {
			t.Errorf("%d reloads failed, want 1:\n%s", n, &log)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
