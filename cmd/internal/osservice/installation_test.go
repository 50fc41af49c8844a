package osservice

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestAnInstallationIsLookedAtBeforeWindowsDoes(t *testing.T) {
	here, err := filepath.Abs("availproxy.exe")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		change func(*Installation)
		want   string // in the error; "" for none
	}{
		"the account that Windows makes":   {func(i *Installation) {}, ""},
		"a managed account":                {func(i *Installation) { i.Account = `CONTOSO\availproxy$` }, ""},
		"an account with its password":     {func(i *Installation) { i.Account, i.Password = `CONTOSO\svc`, "x" }, ""},
		"an account without":               {func(i *Installation) { i.Account = `CONTOSO\svc` }, "needs its password"},
		"a managed account with one":       {func(i *Installation) { i.Account, i.Password = `CONTOSO\svc$`, "x" }, "has no password"},
		"a user without domain":            {func(i *Installation) { i.Account = "svc" }, "is no account"},
		"the account that may do anything": {func(i *Installation) { i.Account = "localsystem" }, "may do less"},
		"a relative path":                  {func(i *Installation) { i.Executable = "availproxy.exe" }, "no absolute path"},
		"no name":                          {func(i *Installation) { i.Name = "" }, "no name"},
		"a name that is a path":            {func(i *Installation) { i.Name = `a\b` }, "no name"},
	}
	for name, tt := range tests {
		i := Installation{Name: DefaultName, Executable: here}
		tt.change(&i)
		err := i.Check()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}
