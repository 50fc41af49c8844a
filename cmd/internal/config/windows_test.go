package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestWindowsChecksLogons is about clients.ntlm.backend sspi, which stands for
// Kerberos as well.
func TestWindowsChecksLogons(t *testing.T) {
	tests := map[string]struct {
		system, kerberos, ntlm string
		says                   string // of the section clients; "" is nothing
	}{
		"on Windows":                {"windows", "", "backend: sspi", ""},
		"on Windows, with a keytab": {"windows", "keytab: http.keytab", "backend: sspi", ""},
		"on Linux":                  {"linux", "", "backend: sspi", "clients.ntlm.backend: sspi is for a proxy that runs on Windows; on Linux, join the domain with Samba and write winbind"},
		"bound to TLS, without TLS": {"windows", "channel_binding: required", "backend: sspi",
			"clients.kerberos.channel_binding: required cannot be met without tls: nobody could log on; give tls.certificate and tls.key, or write when-present"},
		"none at a time":    {"windows", "", "backend: sspi, pool: 0", "clients.ntlm.pool: 0 is not between 1 and 64"},
		"no time to answer": {"windows", "", "backend: sspi, timeout: 0s", "clients.ntlm.timeout: "},
		"without it":        {"windows", "", "backend: none", "EX2010$@CONTOSO.COM can never log on: clients has no kerberos"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			file := fmt.Sprintf("listen: 127.0.0.1:8080\nclients:\n  allow: ['EX2010$@CONTOSO.COM', 'CONTOSO\\EX2007$', 'sid:S-1-5-21-1-2-3-1103']\n  kerberos: {%s}\n  ntlm: {%s}\n",
				tt.kerberos, tt.ntlm)
			c, err := Parse("FILE", []byte(file), Options{Dir: beside(t), Getenv: variables, System: tt.system})
			said := fmt.Sprint(err)
			if err == nil {
				said = fmt.Sprint(c.Warnings)
			}
			if !strings.Contains(said, tt.says) || tt.says == "" && strings.Contains(said, "clients.") {
				t.Errorf("it says %s, want %q", said, tt.says)
			}
		})
	}
}
