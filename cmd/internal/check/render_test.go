package check

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var report = NewReport([]Finding{
	{ID: "certificate.expiry", Severity: Warn, Subject: "current auth certificate", Seen: "12 days left", Expected: "60 days or more",
		Fix: "Make a new certificate and stage it as next_certificate.", Cmdlet: "Set-AuthConfig -NewCertificateThumbprint <thumbprint>"},
	{ID: "discovery.endpoint", Severity: OK, Subject: "ToCloud", Seen: "https://partner.outlook.cn/EWS/Exchange.asmx"},
	{ID: "token.issue", Severity: Fail, Subject: "ToCloud <script>", Seen: "AADSTS50012: the key was not found\nsecond line", Expected: "a token", Fix: "Upload the certificate.", Cause: "certificate.unknown"},
	{ID: "lookup.answer", Severity: Fail, Subject: "alice@contoso.example", Seen: "no token", Expected: "free/busy times", Fix: "See above.", Cause: "certificate.unknown"},
})

func TestRenderers(t *testing.T) {
	report := report
	report.About = "version test, of config.yaml, 2026-11-25 12:00 UTC"
	renderers := map[string]func(io.Writer) error{
		"report.txt":  func(w io.Writer) error { return report.Text(w, nil) },
		"report.json": report.JSON,
		"report.html": report.HTML,
	}
	for name, render := range renderers {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := render(&got); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".golden")
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
		})
	}
}

func TestTheWorstFindingNamesTheReport(t *testing.T) {
	tests := map[Severity][]Finding{
		OK:   nil,
		Warn: {{Severity: OK}, {Severity: Warn}, {Severity: OK}},
		Fail: {{Severity: Fail}, {Severity: Warn}},
	}
	for want, findings := range tests {
		if got := NewReport(findings).Worst; got != want {
			t.Errorf("the worst of %v is %s, want %s", findings, got, want)
		}
	}
}

// The page goes into tickets, where nothing else is at hand and nothing may run.
func TestThePageNeedsNothingElse(t *testing.T) {
	var page bytes.Buffer
	if err := report.HTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, foreign := range []string{"<script", "<link", "src=", "url(", "@import", "href="} {
		if bytes.Contains(page.Bytes(), []byte(foreign)) {
			t.Errorf("the page holds %q", foreign)
		}
	}
}
