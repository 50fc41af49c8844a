package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The keys of a script's values: its environment, and what it has started.
type (
	environment struct{}
	processes   struct{}
)

// process runs beside a script.
type process struct {
	command *exec.Cmd
	output  *transcript
	ended   chan struct{} // closed when it has; err is set by then
	err     error
}

// patience is how long a process may take to come up or to go down.
const patience = time.Minute

// started are the processes of a script, by name.
func started(ts *testscript.TestScript) map[string]*process {
	return ts.Value(processes{}).(map[string]*process)
}

func start(ts *testscript.TestScript, args []string) {
	name, ready := args[0], regexp.MustCompile(args[1])
	path, err := exec.LookPath(args[2])
	ts.Check(err)
	p := &process{command: exec.Command(path, args[3:]...), output: newTranscript(), ended: make(chan struct{})}
	p.command.Dir = ts.MkAbs(".")
	for _, variable := range ts.Value(environment{}).(*testscript.Env).Vars {
		key, _, _ := strings.Cut(variable, "=")
		p.command.Env = append(p.command.Env, key+"="+ts.Getenv(key))
	}
	p.command.Stdout, p.command.Stderr = p.output.file(&p.output.stdout), p.output.file(&p.output.stderr)
	ts.Check(p.command.Start())
	go func() { // ends with the process, which ends with the script
		p.err = p.command.Wait()
		close(p.ended)
	}()
	ts.Defer(func() {
		p.command.Process.Kill()
		<-p.ended
	})
	started(ts)[name] = p
	match := p.output.await(ready, p.ended)
	if match == nil {
		ts.Fatalf("%s did not print %q, but\n%s", name, ready, p.output)
	}
	for i, group := range ready.SubexpNames() {
		if group != "" {
			ts.Setenv(name+"_"+group, match[i])
		}
	}
}

// running is what was started under that name.
func running(ts *testscript.TestScript, name string) *process {
	p, ok := started(ts)[name]
	if !ok {
		ts.Fatalf("nothing was started as %s", name)
	}
	return p
}

func await(ts *testscript.TestScript, args []string) {
	if p := running(ts, args[0]); p.output.await(regexp.MustCompile(args[1]), p.ended) == nil {
		ts.Fatalf("%s did not print %q, but\n%s", args[0], args[1], p.output)
	}
}

func terminate(ts *testscript.TestScript, args []string) {
	ts.Check(running(ts, args[0]).command.Process.Signal(syscall.SIGTERM))
}

func terminated(ts *testscript.TestScript, args []string) {
	p := running(ts, args[0])
	select {
	case <-p.ended:
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[0])
	}
	if p.err == nil || p.err.Error() != "signal: terminated" {
		ts.Fatalf("%s ended with %v\n%s", args[0], p.err, p.output)
	}
}

func end(ts *testscript.TestScript, args []string) {
	p := running(ts, args[0])
	ts.Check(p.command.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.ended:
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".stdout"), []byte(p.output.stdout.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".stderr"), []byte(p.output.stderr.String()), 0o600))
	if p.err != nil {
		ts.Fatalf("%s: %v\n%s", args[0], p.err, p.output)
	}
}

// transcript is what a process prints.
type transcript struct {
	mu             sync.Mutex // guards what follows
	stdout, stderr strings.Builder
	grown          chan struct{} // closed, and made anew, by each write
}

func newTranscript() *transcript { return &transcript{grown: make(chan struct{})} }

// part is one of the two files that a process prints to.
type part struct {
	*transcript
	text *strings.Builder
}

func (t *transcript) file(text *strings.Builder) part { return part{t, text} }

// Write implements [io.Writer].
func (p part) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.Write(b)
	close(p.grown)
	p.grown = make(chan struct{})
	return len(b), nil
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stdout.String() + t.stderr.String()
}

// await returns what matches, or nil once that cannot come any more.
func (t *transcript) await(wanted *regexp.Regexp, ended <-chan struct{}) []string {
	late := time.After(patience)
	for {
		t.mu.Lock()
		grown := t.grown
		t.mu.Unlock()
		if match := wanted.FindStringSubmatch(t.String()); match != nil {
			return match
		}
		select {
		case <-grown:
		case <-ended:
			return wanted.FindStringSubmatch(t.String())
		case <-late:
			return nil
		}
	}
}
