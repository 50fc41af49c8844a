package exchange

import "strings"

// AddressSpaces returns the steps that make old servers ask proxyURL about each
// of the domains: keep what is there, then replace it. There is no
// Set-AvailabilityAddressSpace; a change is a removal and an addition
// (learn.microsoft.com add-availabilityaddressspace).
//
// A domain pattern with a wildcard has no address space of its own: Exchange
// knows one object for each SMTP domain, so the admin names the domains.
func AddressSpaces(proxyURL string, domains []string) []Step {
	const shell = "Exchange Management Shell of the old organisation, once; it applies to all its servers"
	var keep, replace, undo, check []string
	for _, d := range domains {
		s := newAddressSpace(proxyURL, d)
		keep, replace, undo, check = append(keep, s.keep...), append(replace, s.replace...), append(undo, s.undo...), append(check, s.check...)
	}
	return []Step{
		{
			Title: "keep the availability address spaces that are there", Where: shell,
			Why:      "The Hybrid Configuration Wizard makes the same object for its own purpose; this file brings it back.",
			Commands: keep,
			Check:    []string{"Get-Item -Path 'availproxy-*.xml' | Format-Table Name,Length"},
			Shows:    "a file for each domain, empty of objects where there was no address space",
			Rollback: []string{"# nothing to undo: this step only wrote files"},
		},
		{
			Title: "send free/busy questions about these domains to the proxy", Where: shell,
			Why: "Questions go to the old target until the first command of a pair and to the proxy from the second on.\n" +
				"On Exchange 2010 an enabled organization relationship for the same domain comes first:\n" +
				"Get-OrganizationRelationship must not show one.",
			Commands: replace,
			Check:    append(check, "if (Get-Command Get-OrganizationRelationship -ErrorAction SilentlyContinue) { Get-OrganizationRelationship | Where-Object { $_.Enabled } | Format-Table Name,DomainNames }"),
			Shows:    "InternalProxy, UseServiceAccount True and the URL of the proxy for each domain; and no relationship with one of them",
			Rollback: undo,
		},
	}
}

// addressSpace are the commands about the address space of one domain.
type addressSpace struct{ keep, replace, undo, check []string }

func newAddressSpace(proxyURL, domain string) addressSpace {
	if below, ok := strings.CutPrefix(domain, "*"); ok {
		note := "# " + domain + ": for each domain that it stands for, with its name in place of NAME"
		s := newAddressSpace(proxyURL, "NAME"+below)
		return addressSpace{inComments(note, s.keep), inComments(note, s.replace), inComments(note, s.undo), inComments(note, s.check)}
	}
	backup := quote("availproxy-" + domain + ".xml")
	find := "Get-AvailabilityAddressSpace | Where-Object { $_.ForestName -eq " + quote(domain) + " }"
	remove := find + " | Remove-AvailabilityAddressSpace -Confirm:$false"
	return addressSpace{
		keep:  []string{"if (-not (Test-Path -Path " + backup + ")) { " + find + " | Export-Clixml -Path " + backup + " }"},
		check: []string{find + " | Format-List ForestName,AccessMethod,ProxyUrl,UseServiceAccount"},
		replace: []string{
			remove,
			"Add-AvailabilityAddressSpace -ForestName " + quote(domain) + " -AccessMethod InternalProxy -ProxyUrl " + quote(proxyURL) + " -UseServiceAccount $true",
		},
		undo: []string{
			remove,
			"Import-Clixml -Path " + backup + " | ForEach-Object { $old = @{ ForestName = $_.ForestName; AccessMethod = \"$($_.AccessMethod)\"; UseServiceAccount = [bool]$_.UseServiceAccount };\n" +
				"  if ($_.ProxyUrl) { $old.ProxyUrl = \"$($_.ProxyUrl)\" }; Add-AvailabilityAddressSpace @old }",
		},
	}
}

// inComments keeps commands from being run as they stand.
func inComments(note string, commands []string) []string {
	all := []string{note}
	for _, c := range commands {
		all = append(all, "# "+strings.ReplaceAll(c, "\n", "\n# "))
	}
	return all
}
