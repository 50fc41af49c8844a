package conflicts

import (
	"regexp"
	"strconv"
	"strings"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/check/exports"
)

// build reads AdminDisplayVersion: "Version 14.3 (Build 123.4)", or 15.1.2507.55.
var build = regexp.MustCompile(`([0-9]{1,2})\.[0-9]+`)

// old reports whether servers of a version need a proxy: all before Exchange 2016.
func old(version string) (major int, isOld bool) {
	found := build.FindStringSubmatch(version)
	if found == nil {
		return 0, false
	}
	major, _ = strconv.Atoi(found[1])
	return major, major < 15 || major == 15 && strings.Contains(version, "15.0")
}

// servers compares the servers that may ask with clients and tls.
func servers(ours Ours, set exports.Set) []check.Finding {
	var aged, unnamed []string
	for _, s := range set.Of(exports.OnPremises, "ExchangeServer") {
		major, isOld := old(s.Text("AdminDisplayVersion"))
		if !isOld {
			continue
		}
		if major < 15 && ours.Modern {
			aged = append(aged, s.Name())
		}
		if asks(s) && !ours.lets(s.Name()) {
			unnamed = append(unnamed, s.Name())
		}
	}
	findings := []check.Finding{{
		ID: "exports.server_tls", Severity: check.OK, Subject: "Get-ExchangeServer", Seen: "no server is known to need an older TLS than we speak",
		Expected: "servers that speak TLS 1.2, or a tls.profile that does without",
		Fix: "Exchange 2007 and 2010 ask with TLS 1.0 unless Windows and .NET were told otherwise. Where the log says \"TLS handshake failed\", " +
			"switch TLS 1.2 on there, or set tls.profile to legacy.",
	}, {
		ID: "exports.server_allowed", Severity: check.OK, Subject: "Get-ExchangeServer", Seen: "clients.allow lets the old servers in",
		Expected: "the computer account of each old Client Access server in clients.allow",
		Fix:      "Add the computer accounts to clients.allow, as NAME$@REALM for Kerberos or DOMAIN\\NAME$ for NTLM, or the SID of Exchange Servers.",
		Cmdlet:   "Get-ExchangeServer | Format-Table Name,ServerRole,AdminDisplayVersion",
	}}
	if len(aged) > 0 {
		findings[0].Severity, findings[0].Seen = check.Warn, "tls.profile is modern, and these servers are of 2007 or 2010: "+named(aged)
	}
	if len(unnamed) > 0 {
		findings[1].Severity, findings[1].Cause, findings[1].Seen = check.Fail, "logon.not-listed", "clients.allow does not name "+named(unnamed)
	}
	return findings
}

// asks reports whether the Availability service runs on a server, as far as its
// roles say.
func asks(s exports.Object) bool {
	role := s.Text("ServerRole")
	return strings.Contains(role, "ClientAccess") || strings.Contains(role, "Mailbox") && strings.Contains(s.Text("AdminDisplayVersion"), "15.0")
}

// lets reports whether a computer account may ask. A group, or an account of
// another kind, may be how it is let in: then nothing is said against it.
func (o Ours) lets(server string) bool {
	for _, rule := range o.Allowed {
		kind, _, found := strings.Cut(rule, ":")
		if found && kind != "cert" {
			return true // sid: may be its group, basic: its stored credentials
		}
		account := rule
		if _, name, ok := strings.Cut(account, `\`); ok {
			account = name
		}
		account, _, _ = strings.Cut(account, "@")
		if strings.EqualFold(account, server+"$") {
			return true
		}
	}
	return false
}

// acceptedDomains compares what each side calls its own.
func acceptedDomains(ours Ours, set exports.Set) []check.Finding {
	var theirs, unknown []string
	for _, d := range set.Of(exports.OnPremises, "AcceptedDomain") {
		theirs = append(theirs, d.Text("DomainName"))
	}
	for _, own := range ours.AcceptedDomains {
		if len(overlapping([]string{own}, theirs)) == 0 {
			unknown = append(unknown, own)
		}
	}
	f := check.Finding{
		ID: "exports.accepted_domains", Severity: check.OK, Subject: "accepted_domains", Seen: "Exchange accepts them, too",
		Expected: "domains of Get-AcceptedDomain", Fix: "Correct accepted_domains: a redirect into one of them is a loop, and requesters must have one.",
		Cmdlet: "Get-AcceptedDomain | Format-Table DomainName,DomainType",
	}
	if len(unknown) > 0 {
		f.Severity, f.Seen = check.Warn, "Exchange does not accept "+named(unknown)
	}
	return []check.Finding{f}
}
