package exchange

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden file")

func TestAddressSpaces(t *testing.T) {
	steps := AddressSpaces("https://fb.contoso.com/EWS/Exchange.asmx", []string{"contoso.partner.mail.onmschina.cn", "*.fabrikam.example", "o'neill.example"})
	var got bytes.Buffer
	if err := Write(&got, steps); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/addressspace.ps1.golden"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestNothingAfterTheStepsIsRunByPasting(t *testing.T) {
	var script bytes.Buffer
	if err := Write(&script, AddressSpaces("https://fb.example/EWS/Exchange.asmx", []string{"a.example"})); err != nil {
		t.Fatal(err)
	}
	_, rollback, found := strings.Cut(script.String(), "# Rollback")
	if !found {
		t.Fatal("the script has no rollback")
	}
	for line := range strings.Lines("# Rollback" + rollback) {
		if !strings.HasPrefix(line, "#") {
			t.Errorf("the rollback runs %q", line)
		}
	}
}
