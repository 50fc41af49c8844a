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

// awkward has names that PowerShell would read otherwise without quotes, or in
// double ones.
var awkward = Connector{
	Name: "O'Neill $cash `(ü)`; \"quoted\"", TargetAddressDomains: []string{"o'neill.example", "$env.example"}, DiscoveryEndpoint: "https://autodiscover.o'neill.example/autodiscover/autodiscover.svc",
}

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
		"auth-server":           AuthServer{Name: "ACS of O'Neill", MetadataURL: "https://accounts.accesscontrol.chinacloudapi.cn/contoso.com/metadata/json/1"}.Steps(),
		"auth-certificate":      AuthCertificate{Public: "auth.cer", Private: "auth.pfx"}.Steps(),
		"connectors":            {awkward.ToOnline(), awkward.ToPremises("china"), awkward.ToPremises("delos")},
		"partner":               Partner{Connector: "Fabrikam", MetadataURL: "https://fb.contoso.com/autodiscover/metadata/json/1"}.Steps(),
		"verification":          Verification{Config: "/etc/availproxy/o'neill.yaml", ProxyURL: "https://fb.contoso.com/EWS/Exchange.asmx", Targets: []string{"https://partner.outlook.cn/EWS/Exchange.asmx"}}.Steps(),
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
