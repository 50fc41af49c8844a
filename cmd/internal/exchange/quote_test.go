package exchange

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// names are what an administrator may call things, each of which means something
// to PowerShell outside of quotes or in double ones.
var names = []string{
	"O'Neill", "‘smart’ ‚quotes‛", "$env:PATH", "$(Remove-Item *)", "`$tick`n", `say "please"`, "a;b|c&d", "{x}", "#no comment", "Zürich 東京", "(1)", "@splat", "''", "-NoSuchSwitch",
}

// TestNamesStayNames puts each name into every script and reads the script as
// PowerShell does: the name must be the whole of a string, and no part of it
// stand anywhere else.
func TestNamesStayNames(t *testing.T) {
	for _, name := range names {
		scripts := map[string]struct {
			steps []Step
			want  []string
		}{
			"address spaces":   {AddressSpaces("https://"+name+"/EWS/Exchange.asmx", []string{name}), []string{name, "https://" + name + "/EWS/Exchange.asmx", "availproxy-" + name + ".xml"}},
			"account":          {Account(name, name), []string{"HTTP/" + name, "@" + name}},
			"Windows account":  {WindowsAccount(name), []string{"HTTP/" + name}},
			"application":      {Application{Tenant: name, ID: name, Certificate: name, Cloud: "china", Graph: true, EWS: true}.Steps(), []string{name}},
			"shared principal": {SharedPrincipal{Tenant: name, Certificate: name, Cloud: "china", Hosts: []string{name}}.Steps(), []string{name, "https://" + name + "/"}},
			"auth server":      {AuthServer{Name: name, MetadataURL: name}.Steps(), []string{name}},
			"certificate":      {AuthCertificate{Public: name, Private: name}.Steps(), []string{name}},
			"connectors": {
				[]Step{Connector{Name: name, TargetAddressDomains: []string{name}, DiscoveryEndpoint: name}.ToOnline(), Connector{Name: name, TargetAddressDomains: []string{name}, DiscoveryEndpoint: name}.ToPremises("china")},
				[]string{name},
			},
			"partner":      {Partner{Connector: name, MetadataURL: name}.Steps(), []string{name}},
			"verification": {Verification{Config: name, ProxyURL: name, Targets: []string{name}}.Steps(), []string{name}},
		}
		for script, tt := range scripts {
			t.Run(script+" of "+name, func(t *testing.T) {
				var b bytes.Buffer
				if err := Write(&b, tt.steps); err != nil {
					t.Fatal(err)
				}
				quoted, rest := unquote(t, b.String())
				for _, want := range tt.want {
					if !slices.Contains(quoted, want) {
						t.Errorf("no string is %q; there are %q", want, quoted)
					}
				}
				if name != "''" && strings.Contains(rest, name) {
					t.Errorf("%q stands outside of strings in\n%s", name, rest)
				}
			})
		}
	}
}

// unquote reads the commands of a script: the strings in single quotes, and what
// is left without them. In double quotes a single one is itself.
func unquote(t *testing.T, script string) (quoted []string, rest string) {
	t.Helper()
	const quotes = "'‘’‚‛"
	var left strings.Builder
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var text strings.Builder
		in := ' ' // or the quote that is open
		for runes := []rune(line); len(runes) > 0; runes = runes[1:] {
			switch r := runes[0]; {
			case in == '\'' && strings.ContainsRune(quotes, r) && len(runes) > 1 && strings.ContainsRune(quotes, runes[1]):
				text.WriteRune(r)
				runes = runes[1:]
			case in == '\'' && strings.ContainsRune(quotes, r):
				quoted, in = append(quoted, text.String()), ' '
				text.Reset()
			case in == '\'':
				text.WriteRune(r)
			case in == ' ' && strings.ContainsRune(quotes, r):
				in = '\''
			case r == '"' && in == '"':
				in = ' '
			case r == '"':
				in = '"'
			default:
				left.WriteRune(r)
			}
		}
		if in != ' ' {
			t.Errorf("a string does not end in %s", line)
		}
	}
	return quoted, left.String()
}
