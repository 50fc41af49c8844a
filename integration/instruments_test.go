package integration

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// instruments are the metrics that our source makes, by their names there, with
// their descriptions. Those of tables are not among them.
func instruments(t *testing.T) map[string]string {
	t.Helper()
	made := map[string]string{}
	err := filepath.WalkDir("..", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			called, ok := call.Fun.(*ast.SelectorExpr)
			if name := literal(call.Args[0]); ok && instrument.MatchString(called.Sel.Name) && name != "" {
				made[name] = description(call)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

var instrument = regexp.MustCompile(`^(Int64|Float64)(Observable)?(Counter|UpDownCounter|Gauge|Histogram)$`)

// description is what WithDescription says in a call, if it says it there.
func description(call *ast.CallExpr) (said string) {
	for _, argument := range call.Args {
		if option, ok := argument.(*ast.CallExpr); ok {
			if called, ok := option.Fun.(*ast.SelectorExpr); ok && called.Sel.Name == "WithDescription" {
				said = literal(option.Args[0])
			}
		}
	}
	return said
}

func literal(e ast.Expr) string {
	if of, ok := e.(*ast.BasicLit); ok && of.Kind == gotoken.STRING {
		text, _ := strconv.Unquote(of.Value)
		return text
	}
	return ""
}

// TestNoMetricIsLeftOutOfTheList finds those that no hard day has.
func TestNoMetricIsLeftOutOfTheList(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	made := instruments(t)
	for name, description := range made {
		row := regexp.MustCompile("(?m)^\\| `" + strings.ReplaceAll(name, ".", "_") + "(_seconds|_bytes)?(_total)?` \\|.*\\| " + regexp.QuoteMeta(description))
		if !row.Match(document) {
			t.Errorf("docs/metrics.md has no %s: %s", name, description)
		}
	}
	if len(made) < 15 {
		t.Errorf("the source makes only %v", made)
	}
}
