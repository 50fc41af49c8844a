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

func TestScripts(t *testing.T) {
	for golden, steps := range map[string][]Step{
		"addressspace":         AddressSpaces("https://fb.contoso.com/EWS/Exchange.asmx", []string{"contoso.partner.mail.onmschina.cn", "*.fabrikam.example", "o'neill.example"}),
		"account":              Account("fb.contoso.com", "CONTOSO.COM"),
		"account-on-windows":   WindowsAccount("fb.contoso.com"),
		"account-of-no-domain": Account("o'neill$.example", ""),
		"application": Application{
			Tenant: "contoso.com", ID: "00000000-1111-2222-3333-444444444444", Certificate: "app.cer", Cloud: "china", Graph: true, EWS: true, Details: true,
		}.Steps(),
		"application-for-graph": Application{Tenant: "o'neill$.example", Certificate: "o'neill$.cer", Cloud: "bleu", Graph: true}.Steps(),
		"shared-principal":      SharedPrincipal{Tenant: "contoso.com", Certificate: "auth.cer", Cloud: "china", Hosts: []string{"fb.contoso.com", "o'neill$.example"}}.Steps(),
	} {
		t.Run(golden, func(t *testing.T) { compare(t, "testdata/"+golden+".ps1.golden", steps) })
	}
}

func compare(t *testing.T, golden string, steps []Step) {
	t.Helper()
	var got bytes.Buffer
	if err := Write(&got, steps); err != nil {
		t.Fatal(err)
	}
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
