package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are the further commands of scripts:
//
//	exits CODE PROGRAM ARG...       runs it and wants that exit code
//	start NAME REGEXP PROGRAM ARG...  starts it and waits until it prints that; groups (?P<x>) set $NAME_x
//	end NAME                        sends SIGTERM, wants exit code 0, writes NAME.stdout and NAME.stderr
//	terminate NAME                  sends SIGTERM and goes on
//	terminated NAME                 waits until such a signal itself has ended it
//	await NAME REGEXP               waits until it prints that
//	edit FILE OLD NEW               replaces every OLD, of which there must be one; \n in NEW is a line feed
//	mode FILE OCTAL                 wants that mode
//	contract KIND FILE              wants one JSON document of the shape that operators script against
//	value FILE PATH WANT            wants that value in a JSON document; a PATH is like mailboxes.0.view
//	let NAME FILE PATH              sets $NAME to such a value
//	write FILE TEXT                 writes a file, for its owner alone
//	answers FILE OUT                writes a document of lookup or demo without its paths, which hold times
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exits": positive(2, exits), "start": positive(3, start), "end": positive(1, end),
	"terminate": positive(1, terminate), "terminated": positive(1, terminated), "await": positive(2, await),
	"edit": positive(3, edit),
	"mode": positive(2, mode), "contract": positive(2, contract), "value": positive(3, value), "let": positive(3, let),
	"write": positive(2, write), "answers": positive(2, answers),
}

// positive makes a command that has at least n arguments and takes no "!".
func positive(n int, command func(ts *testscript.TestScript, args []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < n {
			ts.Fatalf("want %d arguments and no !", n)
		}
		command(ts, args)
	}
}

func exits(ts *testscript.TestScript, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func edit(ts *testscript.TestScript, args []string) {
	path := ts.MkAbs(args[0])
	before := ts.ReadFile(args[0])
	after := strings.ReplaceAll(before, args[1], strings.ReplaceAll(args[2], `\n`, "\n"))
	if after == before {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	info, err := os.Stat(path)
	ts.Check(err)
	ts.Check(os.WriteFile(path, []byte(after), info.Mode().Perm()))
}

func mode(ts *testscript.TestScript, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] && runtime.GOOS != "windows" {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}

func value(ts *testscript.TestScript, args []string) {
	got, err := at(document(ts, args[0]), args[1])
	ts.Check(err)
	if fmt.Sprint(got) != args[2] {
		ts.Fatalf("%s is %v, want %s", args[1], got, args[2])
	}
}

func let(ts *testscript.TestScript, args []string) {
	got, err := at(document(ts, args[1]), args[2])
	ts.Check(err)
	ts.Setenv(args[0], fmt.Sprint(got))
}

func write(ts *testscript.TestScript, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(args[1]), 0o600))
}

// at follows a path into a document; len at its end is the length of a list.
func at(v any, path string) (any, error) {
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			member, found := in[step]
			if !found {
				return nil, fmt.Errorf("there is no %s beside %q", step, slices.Sorted(maps.Keys(in)))
			}
			v = member
		case []any:
			if step == "len" {
				return len(in), nil
			}
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(in) {
				return nil, fmt.Errorf("%s is no place in a list of %d", step, len(in))
			}
			v = in[i]
		default:
			return nil, fmt.Errorf("%v has no %s", in, step)
		}
	}
	return v, nil
}

func answers(ts *testscript.TestScript, args []string) {
	v := document(ts, args[0])
	mailboxes, err := at(v, "mailboxes")
	ts.Check(err)
	for _, m := range mailboxes.([]any) {
		delete(m.(map[string]any), "path")
	}
	text, err := json.MarshalIndent(v, "", " ")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), append(text, '\n'), 0o600))
}

// document reads a file that holds one JSON document and nothing else.
func document(ts *testscript.TestScript, file string) any {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(file)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		ts.Fatalf("%s holds no JSON: %v", file, err)
	}
	var rest bytes.Buffer
	rest.ReadFrom(d.Buffered())
	if len(bytes.TrimSpace(rest.Bytes())) > 0 || d.More() {
		ts.Fatalf("after the JSON document, %s holds %q", file, rest.String())
	}
	return v
}
