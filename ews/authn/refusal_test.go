package authn

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var reasonConstant = regexp.MustCompile(`Reason += "([a-z0-9_]+)"`)

// TestEveryReasonIsExplained looks for the constants of this package and its
// subpackages in the documentation for admins.
func TestEveryReasonIsExplained(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "logging-on.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	err = filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		for _, constant := range reasonConstant.FindAllSubmatch(code, -1) {
			found++
			if reason := "`" + string(constant[1]) + "`"; !bytes.Contains(page, []byte(reason)) {
				t.Errorf("%s has the reason %s, which the page does not explain", path, reason)
			}
		}
		return err
	})
	if err != nil || found < 10 {
		t.Errorf("found %d reasons, %v", found, err)
	}
}
