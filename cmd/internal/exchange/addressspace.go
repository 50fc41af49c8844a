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
	var keep, replace, undo []string
	for _, d := range domains {
		if strings.HasPrefix(d, "*") {
			replace = append(replace, "# "+d+": repeat the next two lines for each domain that this pattern stands for")
			continue
		}
		backup := quote("availproxy-" + d + ".xml")
		find := "Get-AvailabilityAddressSpace | Where-Object { $_.ForestName -eq " + quote(d) + " }"
		keep = append(keep, find+" | Export-Clixml -Path "+backup)
		replace = append(replace,
			find+" | Remove-AvailabilityAddressSpace -Confirm:$false",
			"Add-AvailabilityAddressSpace -ForestName "+quote(d)+" -AccessMethod InternalProxy -ProxyUrl "+quote(proxyURL)+" -UseServiceAccount $true")
		undo = append(undo,
			find+" | Remove-AvailabilityAddressSpace -Confirm:$false",
			"Import-Clixml -Path "+backup+" | ForEach-Object { $old = @{ ForestName = $_.ForestName; AccessMethod = \"$($_.AccessMethod)\"; UseServiceAccount = [bool]$_.UseServiceAccount };\n"+
				"  if ($_.ProxyUrl) { $old.ProxyUrl = \"$($_.ProxyUrl)\" }; Add-AvailabilityAddressSpace @old }")
	}
	return []Step{
		{
			Title: "keep the availability address spaces that are there", Where: shell,
			Why:      "The Hybrid Configuration Wizard makes the same object for its own purpose; this file brings it back.",
			Commands: keep,
			Rollback: []string{"# nothing to undo: this step only wrote files"},
		},
		{
			Title: "send free/busy questions about these domains to the proxy", Where: shell,
			Why: "Questions go to the old target until the first command of a pair and to the proxy from the second on.\n" +
				"On Exchange 2010 an enabled organization relationship for the same domain comes first:\n" +
				"Get-OrganizationRelationship must not show one.",
			Commands: replace,
			Rollback: undo,
		},
	}
}
