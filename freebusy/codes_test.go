package freebusy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

// codesOfTheSource are the constants of errors.go.
func codesOfTheSource(t *testing.T) (all []freebusy.Code) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if value, ok := n.(*ast.BasicLit); ok && value.Kind == token.STRING {
			if code, err := strconv.Unquote(value.Value); err == nil && (code == "NoError" || strings.HasPrefix(code, "Error")) {
				all = append(all, freebusy.Code(code))
			}
		}
		return true
	})
	if len(all) < 30 {
		t.Fatalf("errors.go has only %d codes", len(all))
	}
	return all
}

func TestEveryCodeHasALabelAndNoOtherTextHas(t *testing.T) {
	for _, code := range codesOfTheSource(t) {
		if got := code.Label(); got != string(code) {
			t.Errorf("%s is counted as %s", code, got)
		}
	}
	for _, madeUp := range []freebusy.Code{"", "ErrorOfTomorrow", "noerror", "anna@contoso.com"} {
		if got := madeUp.Label(); got != "other" {
			t.Errorf("%q is counted as %s", madeUp, got)
		}
	}
}

func TestCodeTallyKeepsCodesApart(t *testing.T) {
	var tally freebusy.CodeTally
	tally.Add(freebusy.NoError, 3)
	tally.Add(freebusy.ErrorTimeoutExpired, 1)
	tally.Add(freebusy.NoError, 4)
	for _, madeUp := range []freebusy.Code{"a", "b"} {
		tally.Add(madeUp, 1)
	}
	want := map[string]int64{"NoError": 7, "ErrorTimeoutExpired": 1, "other": 2}
	if d := cmp.Diff(want, maps.Collect(tally.All())); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if n := testing.AllocsPerRun(100, func() { tally.Add(freebusy.ErrorTokenSerializationDenied, 1) }); n != 0 {
		t.Errorf("counting takes %v allocations", n)
	}
}
