package main

import (
	"flag"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the scripts compare with anew")

// TestMain lets the scripts run this very program as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"availproxy": main})
}

// TestScripts runs testdata/script: each file is a session at the command line.
// Besides the commands of testscript there are those of scriptCommands.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update, RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: scriptCommands,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HASH_KEY", "") // start hands on what is there now
			env.Values[environment{}] = env
			env.Values[processes{}] = map[string]*process{}
			return nil
		},
	})
}
