package exchange

// Partner is the proxy as a partner application of a forest on premises, which
// believes tokens that we sign ourselves (auth_server: self).
type Partner struct {
	Connector   string
	MetadataURL string // of the proxy: https://HOST/autodiscover/metadata/json/1
}

// Steps returns how the other forest is made to trust us. The role is one that
// does not let anybody act for others (new-partnerapplication).
func (p Partner) Steps() []Step {
	const find = "Get-PartnerApplication | Where-Object { $_.Name -eq 'availproxy' }"
	return []Step{{
		Title: "make the forest of " + p.Connector + " trust the proxy", Where: "Exchange Management Shell of that forest, Exchange 2013 SP1 or later",
		Why: "It reads our public key from " + p.MetadataURL + ", which it must reach.\n" +
			"The linked account must exist there: a user without mailbox and without rights of its own, whose name the command asks for.",
		Commands: []string{
			"if (-not (" + find + ")) { New-PartnerApplication -Name 'availproxy' -AuthMetadataUrl " + quote(p.MetadataURL) + " -LinkedAccount (Read-Host 'linked account') -Enabled $true }",
			find + " | ForEach-Object { if (-not (Get-ManagementRoleAssignment -RoleAssignee $_.LinkedAccount -Role 'UserApplication')) { New-ManagementRoleAssignment -Role 'UserApplication' -User $_.LinkedAccount } }",
		},
		Check:    []string{find + " | Format-List Enabled,ApplicationIdentifier,IssuerIdentifier,Realm,LinkedAccount"},
		Shows:    "Enabled True, service_name and realm of auth_config, and the linked account",
		Rollback: []string{find + " | Remove-PartnerApplication -Confirm:$false"},
	}}
}
