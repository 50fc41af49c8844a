package server

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/config"
	"availproxy/ews/authn/kerberos"
	"availproxy/ews/authn/sspi"
)

// checkClients looks at whether those who may ask can log on.
func (w *wiring) checkClients(ctx context.Context) []check.Finding {
	findings := append([]check.Finding{w.checkAllow()}, w.checkBasic()...)
	findings = append(findings, w.checkListener(time.Now())...)
	if w.config.TLS.Enabled() {
		findings = append(findings, checkProfile(w.config.TLS.Profile))
	}
	if w.config.Clients.Kerberos.Keytab != "" {
		findings = append(findings, w.checkKerberos(ctx)...)
	}
	if w.mechanisms.winbind != nil {
		findings = append(findings, w.checkWinbind(ctx))
	}
	if w.mechanisms.windows != nil {
		findings = append(findings, w.checkWindows())
	}
	return findings
}

func (w *wiring) checkAllow() check.Finding {
	f := check.Finding{ID: "clients.allow", Severity: check.OK, Subject: "clients.allow", Expected: "the accounts of your Exchange servers",
		Seen: fmt.Sprintf("%d principals", len(w.config.Clients.Allow)), Fix: "List them under clients.allow.",
		Cmdlet: "Get-ExchangeServer | Format-Table Name,ServerRole"}
	if len(w.config.Clients.Allow) > 0 {
		return f
	}
	f.Severity, f.Seen = check.Fail, "nobody may ask"
	if n := len(w.config.Clients.AnonymousNetworks); n > 0 {
		f.Severity, f.Seen = check.Warn, fmt.Sprintf("nobody who logs on, and everybody in %d networks", n)
	}
	return f
}

// checkBasic looks for rules that name a user who is not in users_file, and can
// never log on.
func (w *wiring) checkBasic() []check.Finding {
	users, err := basicUsers(w.config.Clients.Basic.UsersFile, "")
	if err != nil || users == nil {
		return nil // a configuration with rules for Basic and no users warns by itself
	}
	var unknown []string
	rules := slices.Concat(w.config.Clients.Allow, w.config.Clients.TokenSerialization)
	for _, c := range w.config.Connectors {
		rules = append(rules, c.Clients...)
	}
	for _, rule := range rules {
		if name, ok := strings.CutPrefix(string(rule), "basic:"); ok && !users.Knows(name) && !slices.Contains(unknown, name) {
			unknown = append(unknown, name)
		}
	}
	f := check.Finding{ID: "clients.basic", Severity: check.OK, Subject: "clients.basic", Seen: "every basic: rule names a user of users_file",
		Expected: "a line in users_file for each", Fix: "Add the user with htpasswd -B, or correct the rule; names compare exactly."}
	if len(unknown) > 0 {
		f.Severity, f.Seen = check.Warn, fmt.Sprintf("%s has no user %s", w.config.Clients.Basic.UsersFile, strings.Join(unknown, ", "))
	}
	return []check.Finding{f}
}

// checkProfile says who can connect at all. Only the admin knows how old the
// servers are.
func checkProfile(p config.TLSProfile) check.Finding {
	f := check.Finding{ID: "clients.tls_profile", Severity: check.OK, Subject: "tls.profile", Expected: "the newest that your servers can do",
		Fix: "An Exchange server that nobody has hardened asks with TLS 1.0, and Exchange 2007 knows nothing else: see \"TLS handshake failed\" in the log."}
	switch p {
	case config.Legacy:
		f.Severity, f.Seen = check.Warn, "legacy: TLS 1.0 and later, without 3DES"
	case config.Windows2003:
		f.Severity, f.Seen = check.Warn, "windows2003: TLS 1.0 and later, with 3DES"
	default:
		f.Seen = "modern: TLS 1.2 and later; servers that ask with TLS 1.0 are refused"
	}
	return f
}

func (w *wiring) checkKerberos(ctx context.Context) []check.Finding {
	path := string(w.config.Clients.Kerberos.Keytab)
	entries, err := listKeytab(path)
	f := checkKeytab(path, entries)
	if err != nil {
		f.Severity, f.Seen = check.Fail, err.Error()
		return []check.Finding{f}
	}
	skew := time.Duration(w.config.Clients.Kerberos.MaxSkew)
	return append([]check.Finding{f, w.checkSPN(entries)}, checkClocks(ctx, entries, skew)...)
}

func checkKeytab(path string, entries []kerberos.Entry) check.Finding {
	f := check.Finding{ID: "clients.keytab", Severity: check.OK, Subject: path, Expected: "AES keys of HTTP/ and the name in ProxyUrl",
		Fix: "Export the key of the account that carries the name; `availproxy exchange` prints how.", Cmdlet: "setspn -Q HTTP/<name in ProxyUrl>"}
	var seen []string
	for _, e := range entries {
		seen = append(seen, fmt.Sprintf("%s/%s@%s %s, version %d", e.Service, e.Host, e.Realm, e.Type, e.Version))
	}
	f.Seen = strings.Join(seen, "\n")
	if !slices.ContainsFunc(entries, func(e kerberos.Entry) bool { return strings.HasPrefix(e.Type, "AES") }) {
		f.Severity = check.Warn
		f.Fix = "There are no AES keys, and domain controllers updated since April 2026 give AES tickets: set msDS-SupportedEncryptionTypes to 24, set the password anew and export again."
	}
	return f
}

func listKeytab(path string) ([]kerberos.Entry, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return kerberos.List(file)
}

// checkSPN compares the keytab with the names in our TLS certificate, one of
// which is the name in ProxyUrl. A ticket is opened whatever its name; but where
// the names differ, Exchange asks for a ticket that no account has.
func (w *wiring) checkSPN(entries []kerberos.Entry) check.Finding {
	f := check.Finding{ID: "clients.spn", Severity: check.OK, Subject: "service principal name", Cmdlet: "setspn -Q HTTP/<name in ProxyUrl>",
		Expected: "HTTP/ and a name that stands in the TLS certificate as well",
		Fix:      "Give the account the name in ProxyUrl (setspn -S) and export its key again. A CNAME counts as the name that it leads to."}
	names, err := certificateNames(w.config.TLS)
	if err != nil {
		f.Severity, f.Seen = check.Warn, "no certificate to compare with: "+err.Error()
		return f
	}
	for _, e := range entries {
		if strings.EqualFold(e.Service, "HTTP") && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, e.Host) }) {
			f.Seen = "HTTP/" + e.Host
			return f
		}
	}
	f.Severity, f.Seen = check.Warn, fmt.Sprintf("the certificate is for %s, and the keytab for none of them", strings.Join(names, ", "))
	return f
}

// checkClocks asks one domain controller of each realm for the time.
func checkClocks(ctx context.Context, entries []kerberos.Entry, skew time.Duration) []check.Finding {
	var findings []check.Finding
	seen := map[string]bool{}
	for _, e := range entries {
		if !seen[e.Realm] {
			seen[e.Realm] = true
			findings = append(findings, checkClock(ctx, e.Realm, skew))
		}
	}
	return findings
}

func checkClock(ctx context.Context, realm string, skew time.Duration) check.Finding {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, controllers, err := net.DefaultResolver.LookupSRV(ctx, "kerberos", "tcp", realm)
	if err != nil || len(controllers) == 0 {
		f := clockFinding(realm, skew)
		f.Severity, f.Seen = check.Warn, fmt.Sprintf("not compared: no domain controller found in DNS (%v)", err)
		return f
	}
	first := controllers[0]
	return compareClock(ctx, net.JoinHostPort(strings.TrimSuffix(first.Target, "."), fmt.Sprint(first.Port)), realm, skew)
}

func clockFinding(realm string, skew time.Duration) check.Finding {
	return check.Finding{ID: "clients.clock", Severity: check.OK, Subject: "domain controllers of " + realm,
		Expected: fmt.Sprintf("clocks less than %s apart", skew), Fix: "Set the clock of this machine by its domain controllers (NTP)."}
}

func compareClock(ctx context.Context, controller, realm string, skew time.Duration) check.Finding {
	f := clockFinding(realm, skew)
	theirs, err := kerberos.ServerTime(ctx, controller, realm)
	if err != nil {
		f.Severity, f.Seen = check.Warn, fmt.Sprintf("not compared: %s did not say: %v", controller, err)
		return f
	}
	apart := time.Since(theirs).Abs()
	f.Seen = fmt.Sprintf("%s apart, by %s", apart.Round(time.Second), controller)
	if apart >= skew {
		f.Severity = check.Fail
	} else if apart >= skew/2 {
		f.Severity = check.Warn
	}
	return f
}

func (w *wiring) checkWinbind(ctx context.Context) check.Finding {
	f := check.Finding{ID: "clients.winbind", Severity: check.OK, Subject: "clients.ntlm", Seen: "winbind has asked a domain controller",
		Expected: "winbind, which finds a domain controller", Fix: "Join the domain (net ads join), start winbindd, and put the account of the proxy into the group winbindd_priv; `wbinfo --ping-dc` must succeed."}
	if err := w.mechanisms.winbind.Probe(ctx); err != nil {
		f.Severity, f.Seen = check.Fail, err.Error()
	}
	return f
}

// checkWindows sees whether Windows gives credentials for what we offer. Whether
// the account that we run as has the name in ProxyUrl, only the admin can ask.
func (w *wiring) checkWindows() check.Finding {
	packages := []sspi.Package{sspi.NTLMPackage}
	if w.mechanisms.negotiate != nil {
		packages = append(packages, sspi.NegotiatePackage)
	}
	f := check.Finding{ID: "clients.sspi", Severity: check.OK, Subject: "clients.ntlm", Expected: "credentials of the account that the proxy runs as",
		Seen: fmt.Sprintf("Windows has credentials for %v", packages),
		Fix:  "Run the proxy on a member of the domain, as NetworkService or as the account that has the name in ProxyUrl.", Cmdlet: "setspn -Q HTTP/<name in ProxyUrl>"}
	for _, p := range packages {
		if err := w.mechanisms.windows.Probe(p); err != nil {
			f.Severity, f.Seen = check.Fail, fmt.Sprintf("%s: %v", p, err)
			return f
		}
	}
	return f
}
