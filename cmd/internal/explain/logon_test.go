package explain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"

	"availproxy/ews/authn"
)

// TestEveryReasonWhyNobodyIsLetInIsInTheCatalogue goes through the constants
// themselves.
func TestEveryReasonWhyNobodyIsLetInIsInTheCatalogue(t *testing.T) {
	c, seen := catalogue(t), 0
	for _, folder := range []string{"authn", "authn/kerberos", "authn/ntlm"} {
		files, err := filepath.Glob("../../../ews/" + folder + "/re*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, reason := range reasons(t, files) {
			seen++
			if _, ok := c.ByID(reason.Cause()); !ok {
				t.Errorf("%s is not in the catalogue", reason.Cause())
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d reasons were found", seen)
	}
}

// reasons are the values of the constants of type Reason in those files.
func reasons(t *testing.T, files []string) (found []authn.Reason) {
	t.Helper()
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			of := ""
			switch kind := spec.Type.(type) {
			case *ast.Ident:
				of = kind.Name
			case *ast.SelectorExpr:
				of = kind.Sel.Name
			}
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok && of == "Reason" {
				word, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				found = append(found, authn.Reason(word))
			}
			return true
		})
	}
	return found
}
