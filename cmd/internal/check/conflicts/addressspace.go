package conflicts

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/check/exports"
)

const addressSpaceID = "exports.address_space"

// mostAddressSpaces is how many of them Active Directory hands to Exchange.
const mostAddressSpaces = 100

// addressSpaces looks at whether Exchange would send us questions about each of
// our domains (Add-AvailabilityAddressSpace).
func addressSpaces(ours Ours, set exports.Set) []check.Finding {
	spaces := set.Of(exports.OnPremises, "AvailabilityAddressSpace")
	var findings []check.Finding
	if len(spaces) > mostAddressSpaces {
		findings = append(findings, check.Finding{
			ID: addressSpaceID, Severity: check.Warn, Subject: "all domains", Seen: fmt.Sprintf("%d address spaces", len(spaces)),
			Expected: fmt.Sprintf("%d or fewer", mostAddressSpaces), Fix: "Exchange sees the first hundred only: remove those that nothing needs.",
			Cmdlet: "Get-AvailabilityAddressSpace | Format-Table ForestName,AccessMethod,ProxyUrl",
		})
	}
	for _, c := range ours.Connectors {
		for _, domain := range c.Domains {
			f := ours.addressSpace(domain, spaces)
			f.Scope = c.Name
			findings = append(findings, f)
		}
	}
	return findings
}

func (o Ours) addressSpace(domain string, spaces []exports.Object) check.Finding {
	f := check.Finding{
		ID: addressSpaceID, Severity: check.OK, Subject: domain,
		Expected: "an AvailabilityAddressSpace with AccessMethod InternalProxy and our ProxyUrl",
		Fix:      "Remove the address space and add it anew, for there is no Set-AvailabilityAddressSpace; `availproxy exchange` prints how, and how to go back.",
		Cmdlet:   o.addCommand(domain),
	}
	var seen []string
	for _, s := range spaces {
		if !overlap(domain, s.Text("ForestName")) {
			continue
		}
		method, proxy := s.Text("AccessMethod"), s.Text("ProxyUrl")
		seen = append(seen, fmt.Sprintf("ForestName %s, AccessMethod %s, ProxyUrl %s", s.Text("ForestName"), method, orNone(proxy)))
		if cause := o.spaceCause(method, proxy); cause != "" && f.Cause == "" {
			f.Severity, f.Cause = check.Fail, cause
		}
		if s.False("UseServiceAccount") && f.Severity == check.OK {
			f.Severity = check.Warn
			f.Fix = "Without UseServiceAccount the servers ask with stored credentials, which clients.allow must name."
		}
	}
	if f.Seen = strings.Join(seen, "\n"); len(seen) == 0 {
		f.Severity, f.Cause, f.Seen = check.Fail, "exchange.address-space", "no AvailabilityAddressSpace has this ForestName, so that nobody asks us"
		f.Fix = "Add the address space; `availproxy exchange` prints how."
	}
	return f
}

// spaceCause is why questions of this address space do not reach us; "" where
// they do.
func (o Ours) spaceCause(method, proxy string) string {
	// ConvertTo-Json writes an enumeration as a number, which says nothing for sure.
	if named := strings.ContainsFunc(method, func(r rune) bool { return r < '0' || r > '9' }); named && !strings.EqualFold(method, "InternalProxy") {
		return "exchange.address-space"
	}
	u, err := url.Parse(proxy)
	if err != nil || u.Scheme != "https" || !strings.EqualFold(strings.TrimRight(u.Path, "/"), "/EWS/Exchange.asmx") {
		return "exchange.proxy-url"
	}
	ours := func(host string) bool { return sameHost(host, u.Hostname()) }
	if len(o.ProxyHosts) > 0 && !slices.ContainsFunc(o.ProxyHosts, ours) {
		return "exchange.proxy-url"
	}
	return ""
}

// sameHost compares a name of a certificate, which may be *.contoso.com, with a
// host: the asterisk is one label (RFC 9525 6.3).
func sameHost(name, host string) bool {
	if suffix, ok := strings.CutPrefix(name, "*."); ok {
		_, host, _ = strings.Cut(host, ".")
		name = suffix
	}
	return strings.EqualFold(name, host)
}

func (o Ours) addCommand(domain string) string {
	host := "<name in our certificate>"
	if i := slices.IndexFunc(o.ProxyHosts, func(h string) bool { return h != "localhost" && !strings.HasPrefix(h, "*") }); i >= 0 {
		host = o.ProxyHosts[i]
	}
	return "Get-AvailabilityAddressSpace | Where-Object { $_.ForestName -eq '" + domain + "' } | Remove-AvailabilityAddressSpace\n" +
		"Add-AvailabilityAddressSpace -ForestName '" + domain + "' -AccessMethod InternalProxy -ProxyUrl 'https://" + host + "/EWS/Exchange.asmx' -UseServiceAccount $true"
}

func orNone(text string) string {
	if text == "" {
		return "(none)"
	}
	return text
}
