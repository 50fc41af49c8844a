package conflicts

import (
	"fmt"
	"strings"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/check/exports"
)

// relationships looks for what comes before an AvailabilityAddressSpace on Exchange
// 2010: an organization relationship for the same domain, which sends questions
// to the federation gateway and never to us.
func relationships(ours Ours, set exports.Set) []check.Finding {
	var findings []check.Finding
	for _, r := range set.Of(exports.OnPremises, "OrganizationRelationship") {
		shadowed := overlapping(ours.domains(), r.List("DomainNames"))
		if len(shadowed) == 0 || r.False("Enabled") {
			continue
		}
		f := check.Finding{
			ID: "exports.organization_relationship", Severity: check.Fail, Subject: r.Name(), Cause: "exchange.relationship-shadows",
			Seen:     "it is enabled for " + strings.Join(shadowed, ", ") + ", so that Exchange 2010 does not ask us about them",
			Expected: "no enabled relationship with free/busy for a domain of ours",
			Fix:      "Take free/busy out of the relationship. On Exchange 2010 it comes before the AvailabilityAddressSpace.",
			Cmdlet:   "Set-OrganizationRelationship -Identity " + quote(r.Name()) + " -FreeBusyAccessEnabled $false",
		}
		if r.False("FreeBusyAccessEnabled") {
			f.Severity, f.Cause = check.Warn, ""
			f.Seen = "it is enabled for " + strings.Join(shadowed, ", ") + ", without free/busy"
			f.Fix = "If Exchange 2010 still does not ask us, disable the relationship or take the domain out of it."
			f.Cmdlet = "Set-OrganizationRelationship -Identity " + quote(r.Name()) + " -Enabled $false"
		}
		findings = append(findings, f)
	}
	return orWell(findings, "exports.organization_relationship", "Get-OrganizationRelationship", "none comes before us")
}

// ownConnectors looks at IntraOrganizationConnectors, which only Exchange 2013 and
// later have: there they come before everything else.
func ownConnectors(ours Ours, set exports.Set) []check.Finding {
	var findings []check.Finding
	for _, c := range set.Of(exports.OnPremises, "IntraOrganizationConnector") {
		shadowed := overlapping(ours.domains(), c.List("TargetAddressDomains"))
		if len(shadowed) == 0 {
			continue
		}
		f := check.Finding{
			ID: "exports.intra_organization_connector", Severity: check.Warn, Subject: c.Name(),
			Seen:     "it is enabled for " + strings.Join(shadowed, ", "),
			Expected: "a connector only where newer servers shall ask without us",
			Fix:      "Exchange 2013 and later ask the other side themselves because of it. Leave it if that is meant; else disable it.",
			Cmdlet:   "Set-IntraOrganizationConnector -Identity " + quote(c.Name()) + " -Enabled $false",
		}
		if c.False("Enabled") {
			f.Severity, f.Seen = check.OK, "it is disabled, so that newer servers ask by relationship or by address space, too"
		}
		findings = append(findings, f)
	}
	return orWell(findings, "exports.intra_organization_connector", "Get-IntraOrganizationConnector", "none is for a domain of ours")
}

// orWell is findings, or one that says that there is nothing to find.
func orWell(findings []check.Finding, id, subject, seen string) []check.Finding {
	if len(findings) > 0 {
		return findings
	}
	return []check.Finding{{ID: id, Severity: check.OK, Subject: subject, Seen: seen}}
}

// mailUsers looks for people with a routing address that leads nowhere. Their
// addresses stay out of the findings; the domains tell enough.
func mailUsers(ours Ours, set exports.Set) []check.Finding {
	known := append(ours.domains(), ours.AcceptedDomains...)
	elsewhere, total := map[string]int{}, 0
	for _, u := range set.Of(exports.OnPremises, "MailUser") {
		_, domain, found := strings.Cut(u.Text("ExternalEmailAddress"), "@")
		if !found {
			continue
		}
		total++
		if len(overlapping([]string{strings.ToLower(domain)}, known)) == 0 {
			elsewhere[strings.ToLower(domain)]++
		}
	}
	f := check.Finding{
		ID: "exports.routing_address", Severity: check.OK, Subject: "Get-MailUser", Seen: fmt.Sprintf("%d mail users have an external address", total),
		Expected: "external addresses in target_address_domains of a connector",
		Fix:      "Exchange asks for the domain of the external address. Correct it, or add the domain to a connector and to Exchange.",
		Cmdlet:   "Get-MailUser -ResultSize Unlimited | Where-Object { $_.ExternalEmailAddress -like '*@<domain>' } | Format-Table Name,ExternalEmailAddress",
	}
	if len(elsewhere) > 0 {
		f.Severity = check.Warn
		f.Seen += "; these domains belong to no connector: " + counted(elsewhere)
	}
	return []check.Finding{f}
}
