package integration

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"availproxy/integration/forest"
)

// TestSystemdTakesTheUnits has the tools of systemd read what we ship.
func TestSystemdTakesTheUnits(t *testing.T) {
	analyze := part(t, "systemd-analyze", "systemd")
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, unit := range []string{"availproxy.service", "availproxy.socket"} {
		text, err := os.ReadFile(filepath.Join("..", "docs", "systemd", unit))
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.ReplaceAll(text, []byte("/usr/local/bin/availproxy"), []byte(path)) // which must be there
		if err := os.WriteFile(filepath.Join(dir, unit), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	service, socket := filepath.Join(dir, "availproxy.service"), filepath.Join(dir, "availproxy.socket")
	if said, err := exec.Command(analyze, "verify", "--man=no", service, socket).CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("verify: %v\n%s", err, said)
	}
	// The exposure runs from 0 to 10, here in tenths: 2.0 is below what it calls OK.
	if said, err := exec.Command(analyze, "security", "--offline=true", "--threshold=20", "--no-pager", service).CombinedOutput(); err != nil {
		t.Errorf("security: %v\n%s", err, said)
	}
}

// states is what a process says to the socket of its supervisor.
type states struct{ *net.UnixConn }

func listenForStates(t *testing.T) states {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no systemd")
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: filepath.Join(t.TempDir(), "notify")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return states{conn}
}

// await returns the first message that matches.
func (n states) await(t *testing.T, wanted string) {
	t.Helper()
	expression := regexp.MustCompile(wanted)
	n.SetReadDeadline(time.Now().Add(patience))
	message := make([]byte, 4096)
	var all []string
	for {
		length, err := n.Read(message)
		if err != nil {
			t.Fatalf("nobody said %q, but %q: %v", wanted, all, err)
		}
		all = append(all, string(message[:length]))
		if expression.Match(message[:length]) {
			return
		}
	}
}

// supervised is a configuration for a forest, with which processes are started as
// systemd does.
type supervised struct {
	forest *forest.Forest
	config string
	url    string
}

func supervise(t *testing.T, exchange string) *supervised {
	t.Helper()
	f := newForest(t, forest.Options{})
	dir := t.TempDir()
	urls, err := forest.Material{Forests: []*forest.Forest{f}, Proxy: exchange, Admin: "127.0.0.1:0"}.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &supervised{forest: f, config: filepath.Join(dir, "config.yaml"), url: urls.Proxy}
}

// start runs serve under that command, with those variables and files.
func (s *supervised) start(t *testing.T, under []string, env []string, files []*os.File, flags ...string) (process *exec.Cmd, log *journal) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	arguments := append(append(append([]string{}, under...), path, "serve", "--config", s.config), flags...)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	process = exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	log = &journal{}
	process.Env, process.ExtraFiles, process.Stderr = append(os.Environ(), env...), files, log
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Process.Kill()
		process.Wait()
		cancel()
	})
	return process, log
}

func (s *supervised) ask(ctx context.Context) error {
	o := s.forest.Organization
	caller := &forest.Caller{URL: s.url, Generation: forest.Exchange2010, User: o.User, Password: o.Password, RootCAs: s.forest.RootCAs()}
	defer caller.Close()
	monday := s.forest.Truth.Week
	_, err := caller.Ask(ctx, forest.Question{Mailboxes: []string{"alice@fabrikam.example"}, From: monday, To: monday.AddDate(0, 0, 1)})
	return err
}

func TestSystemdIsToldWhatBecomesOfTheProcess(t *testing.T) {
	notify := listenForStates(t)
	s := supervise(t, "127.0.0.1:0")
	process, log := s.start(t, nil, []string{"NOTIFY_SOCKET=" + notify.LocalAddr().String(), "WATCHDOG_USEC=200000"}, nil, "--lame-duck", "300ms")

	notify.await(t, `^READY=1\nSTATUS=serving; forests: 1 not asked yet\n$`)
	notify.await(t, `^WATCHDOG=1\nSTATUS=serving; forests: 1 not asked yet\n$`)
	if err := process.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	notify.await(t, `^RELOADING=1\nMONOTONIC_USEC=[0-9]{6,}\nSTATUS=reading the configuration\n$`)
	notify.await(t, `^READY=1\nSTATUS=serving; `)
	if err := process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	notify.await(t, `^STOPPING=1\nSTATUS=lame duck for 300ms: `)
	notify.await(t, `^STOPPING=1\nSTATUS=finishing what has begun\n$`)
	if err := process.Wait(); err != nil {
		t.Errorf("it ended with %v\n%s", err, log)
	}
}

// TestNoConnectionIsRefusedDuringARestart hands the same socket to one process
// after the other, as a socket unit does.
func TestNoConnectionIsRefusedDuringARestart(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no systemd")
	}
	listening, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listening.Close()
	socket, err := listening.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	s := supervise(t, listening.Addr().String())
	start := func() (*exec.Cmd, *journal) { // sd_listen_fds(3) wants the number of the process in its environment
		return s.start(t, []string{"sh", "-c", `LISTEN_PID=$$ exec "$@"`, "sh"}, []string{"LISTEN_FDS=1", "LISTEN_FDNAMES=exchange"}, []*os.File{socket}, "--lame-duck", "0s")
	}
	first, log := start()
	if err := s.ask(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	answered := make(chan error, 1)
	go func() { answered <- s.ask(t.Context()) }() // nobody is there
	_, log = start()
	if err := <-answered; err != nil {
		t.Errorf("the question between two processes: %v\n%s", err, log)
	}
}

func TestAnInheritedSocketIsWhereTheConfigurationSays(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no systemd")
	}
	everywhere, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("this system has only one address on loopback")
	}
	defer everywhere.Close()
	socket, err := everywhere.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	port := strconv.Itoa(everywhere.Addr().(*net.TCPAddr).Port)
	tests := map[string]struct{ name, listen, want string }{
		"another address": {"exchange", "127.0.0.1:" + port, "the inherited socket is at 127.0.0.2:" + port},
		"another port":    {"exchange", "127.0.0.2:1", "the inherited socket is at 127.0.0.2:" + port},
		"nobody's name":   {"http", "127.0.0.1:0", `there is no listener for the inherited sockets ["http"]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := supervise(t, tt.listen)
			process, log := s.start(t, []string{"sh", "-c", `LISTEN_PID=$$ exec "$@"`, "sh"}, []string{"LISTEN_FDS=1", "LISTEN_FDNAMES=" + tt.name}, []*os.File{socket})
			if err := process.Wait(); err == nil || !strings.Contains(log.String(), tt.want) {
				t.Errorf("it ended with %v and said\n%s", err, log)
			}
		})
	}
}

// TestSystemdOpensTheSocket has systemd's own tool open it.
func TestSystemdOpensTheSocket(t *testing.T) {
	activate := part(t, "systemd-socket-activate", "systemd")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	s := supervise(t, address)
	_, log := s.start(t, []string{activate, "--listen=" + address, "--fdname=exchange"}, nil, nil, "--lame-duck", "0s")
	log.await(t, func(l line) bool { return strings.Contains(l.raw, "Listening on") })
	if err := s.ask(t.Context()); err != nil { // the first connection starts the process
		t.Errorf("%v\n%s", err, log)
	}
}

// TestSecretsComeAsCredentials runs with everything secret in the directory that
// LoadCredential= fills, as the unit suggests.
func TestSecretsComeAsCredentials(t *testing.T) {
	s := supervise(t, "127.0.0.1:0")
	credentials := t.TempDir()
	text, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(s.config)
	moved := 0
	config := regexp.MustCompile(`(file|key|users_file): "?([\w.-]+\.(?:pfx|key|pem|htpasswd))"?`).ReplaceAllStringFunc(string(text), func(found string) string {
		key, name, _ := strings.Cut(found, ": ")
		name = strings.Trim(name, `"`)
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(credentials, name)); err == nil {
			moved++
		}
		return key + ": " + filepath.Join(credentials, name)
	})
	config = regexp.MustCompile(`"file:([^"]+)"`).ReplaceAllStringFunc(config, func(found string) string {
		name := strings.TrimSuffix(strings.TrimPrefix(found, `"file:`), `"`)
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(credentials, name)); err == nil {
			moved++
		}
		return `"credential:` + name + `"`
	})
	if moved < 2 {
		t.Fatalf("no secrets were found in\n%s", text)
	}
	if err := os.WriteFile(s.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	_, log := s.start(t, nil, []string{"CREDENTIALS_DIRECTORY=" + credentials}, nil, "--lame-duck", "0s")
	s.url = "https://localhost" + port(log.await(t, func(l line) bool { return l.text("for") == "exchange" }).text("address")) + forest.Path
	if err := s.ask(t.Context()); err != nil {
		t.Errorf("%v\n%s\n%s", err, log, config)
	}
}
