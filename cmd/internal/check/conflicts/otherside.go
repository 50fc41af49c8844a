package conflicts

import (
	"fmt"
	"slices"
	"strings"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/check/exports"
)

// asked are the connectors that lead to the organization that was exported. Its
// accepted domains tell; without them, or where they match nobody, it may be any.
func (o Ours) asked(set exports.Set) []Connector {
	theirs := theirDomains(set)
	chosen := slices.DeleteFunc(slices.Clone(o.Connectors), func(c Connector) bool { return len(overlapping(c.Domains, theirs)) == 0 })
	if len(chosen) == 0 {
		return o.Connectors
	}
	return chosen
}

func theirDomains(set exports.Set) []string {
	var theirs []string
	for _, d := range set.Of(exports.Online, "AcceptedDomain") {
		theirs = append(theirs, d.Text("DomainName"))
	}
	return theirs
}

// targetDomains looks for domains of a connector that the other side does not
// accept.
func targetDomains(ours Ours, set exports.Set) []check.Finding {
	theirs := theirDomains(set)
	var findings []check.Finding
	for _, c := range ours.asked(set) {
		f := check.Finding{
			ID: "exports.target_domains", Severity: check.OK, Subject: "target_address_domains of " + c.Name, Scope: c.Name, Seen: strings.Join(c.Domains, ", "),
			Expected: "domains that the other side accepts", Fix: "Correct target_address_domains, and ForestName and the external addresses of people with it.",
			Cmdlet: "Get-AcceptedDomain | Format-Table DomainName,DomainType,InitialDomain",
		}
		wrong := slices.DeleteFunc(slices.Clone(c.Domains), func(d string) bool { return len(overlapping([]string{d}, theirs)) > 0 })
		if len(wrong) > 0 {
			f.Severity, f.Cause = check.Fail, "exchange.target-domain"
			f.Seen = "the other side does not accept " + named(wrong) + "; it accepts " + named(theirs)
		}
		findings = append(findings, f)
	}
	return findings
}

// ewsAccess looks at what Set-OrganizationConfig says about EWS.
func ewsAccess(ours Ours, set exports.Set) []check.Finding {
	var findings []check.Finding
	for _, o := range set.Of(exports.Online, "OrganizationConfig") {
		for _, c := range ours.asked(set) {
			if c.EWS {
				findings = append(findings, c.ewsAccess(o))
			}
		}
	}
	return findings
}

func (c Connector) ewsAccess(o exports.Object) check.Finding {
	f := check.Finding{
		ID: "exports.ews_access", Severity: check.OK, Subject: "EWS for " + c.Name, Scope: c.Name,
		Seen:     "the other side lets us use EWS",
		Expected: "EwsEnabled, and our application and User-Agent let in",
		Cmdlet:   "Get-OrganizationConfig | Format-List Ews*",
	}
	refuse := func(cause, seen, fix string) { f.Severity, f.Cause, f.Seen, f.Fix = check.Fail, cause, seen, fix }
	apps := identifiers(o.List("EwsAllowedAppIDs"))
	matches := func(pattern string) bool { return wildcard(pattern, c.UserAgent) }
	switch {
	case o.False("EwsEnabled"):
		refuse("ews.switched-off", "EwsEnabled is false", "Set EwsEnabled to true while EWS lasts, or ask Graph: `backend: graph`.")
	case len(apps) > 0 && c.Application != "" && !slices.ContainsFunc(apps, func(id string) bool { return strings.EqualFold(id, c.Application) }):
		refuse("ews.switched-off", fmt.Sprintf("EwsAllowedAppIDs names %d applications and not ours, %s", len(apps), c.Application),
			"Add our application to the list, which is written as a whole; it takes up to a day. `availproxy exchange` prints how.")
	case strings.EqualFold(o.Text("EwsApplicationAccessPolicy"), "EnforceAllowList") && !slices.ContainsFunc(o.List("EwsAllowList"), matches):
		refuse("ews.allow-list", "EwsAllowList does not let in "+c.UserAgent, "Add ASProxy* to EwsAllowList, or set user_agent of the connector to one that is let in.")
	case strings.EqualFold(o.Text("EwsApplicationAccessPolicy"), "EnforceBlockList") && slices.ContainsFunc(o.List("EwsBlockList"), matches):
		refuse("ews.allow-list", "EwsBlockList keeps out "+c.UserAgent, "Take it from EwsBlockList, or set user_agent of the connector.")
	}
	return f
}

// identifiers takes a list apart that may be one text.
func identifiers(list []string) []string {
	return strings.FieldsFunc(strings.Join(list, ","), func(r rune) bool { return strings.ContainsRune(",; ", r) })
}

// wildcard matches as the lists of Set-OrganizationConfig do: an asterisk at the
// beginning or end, in any case.
func wildcard(pattern, text string) bool {
	pattern, text = strings.ToLower(pattern), strings.ToLower(text)
	head, tail := strings.HasPrefix(pattern, "*"), strings.HasSuffix(pattern, "*")
	core := strings.Trim(pattern, "*")
	switch {
	case head && tail:
		return strings.Contains(text, core)
	case head:
		return strings.HasSuffix(text, core)
	case tail:
		return strings.HasPrefix(text, core)
	}
	return text == core
}

// theirConnectors looks at whether the other side would ask back about us.
func theirConnectors(ours Ours, set exports.Set) []check.Finding {
	const id = "exports.online_connector"
	const cmdlet = "Get-IntraOrganizationConnector | Format-List Name,TargetAddressDomains,DiscoveryEndpoint,Enabled"
	var findings []check.Finding
	for _, c := range set.Of(exports.Online, "IntraOrganizationConnector") {
		if own := overlapping(ours.AcceptedDomains, c.List("TargetAddressDomains")); len(own) > 0 && c.False("Enabled") {
			findings = append(findings, inbound(id, c.Name(), "it is disabled, for "+named(own), "an enabled connector", "Enable it if the other side shall see our calendars.", cmdlet))
		}
	}
	return orWell(findings, id, "Get-IntraOrganizationConnector (Exchange Online)", "none for a domain of ours is disabled")
}

// theirRelationships looks at what the other side shares with us: it caps every
// answer, whatever our connector passes on.
func theirRelationships(ours Ours, set exports.Set) []check.Finding {
	const id = "exports.online_relationship"
	var findings []check.Finding
	for _, r := range set.Of(exports.Online, "OrganizationRelationship") {
		own := overlapping(ours.AcceptedDomains, r.List("DomainNames"))
		level := r.Text("FreeBusyAccessLevel")
		shares := !r.False("Enabled") && !r.False("FreeBusyAccessEnabled") && !strings.EqualFold(level, "None")
		scope := r.Text("FreeBusyAccessScope")
		if len(own) == 0 || shares && scope == "" {
			continue
		}
		seen := fmt.Sprintf("for %s: FreeBusyAccessEnabled %s, FreeBusyAccessLevel %s, FreeBusyAccessScope %s", named(own), orNone(r.Text("FreeBusyAccessEnabled")), orNone(level), orNone(scope))
		findings = append(findings, check.Finding{
			ID: id, Severity: check.Warn, Subject: r.Name(), Seen: seen, Expected: "free/busy for everybody of ours",
			Fix:    "A relationship without free/busy, or with a scope, can keep calendars from us on the other side.",
			Cmdlet: "Set-OrganizationRelationship -Identity " + quote(r.Name()) + " -FreeBusyAccessEnabled $true -FreeBusyAccessLevel LimitedDetails",
		})
	}
	return orWell(findings, id, "Get-OrganizationRelationship (Exchange Online)", "none keeps calendars from us")
}
