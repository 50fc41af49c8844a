package exchange

// modernShell is where the cmdlets for OAuth are: an organisation whose servers are
// all older has none of them, and the proxy is its end of the trust.
const modernShell = "Exchange Management Shell of a server with Exchange 2013 SP1 or later; leave the step out where there is none"

// exchangeOnline is what Exchange, on whichever side, is to the other
// (00000002-0000-0ff1-ce00-000000000000 in Get-PartnerApplication).
const exchangeOnline = "00000002-0000-0ff1-ce00-000000000000"

// AuthServer is an authorization server whose tokens both sides believe.
type AuthServer struct {
	Name        string
	MetadataURL string // AuthMetadataUrl, of the cloud that holds the tenant
}

// Steps returns how servers that can do OAuth themselves learn of the authorization
// server and of Exchange Online as its partner, as the proxy knows both from its
// configuration (configure-oauth-authentication-between-exchange-and-exchange-online-organizations).
func (s AuthServer) Steps() []Step {
	find := "Get-AuthServer | Where-Object { $_.Name -eq " + quote(s.Name) + " }"
	partner := "Get-PartnerApplication | Where-Object { $_.ApplicationIdentifier -eq '" + exchangeOnline + "' -and -not $_.Realm }"
	return []Step{
		{
			Title: "know the authorization server", Where: modernShell,
			Why: "Free/busy through the proxy does not need it: it is for servers that ask by themselves, and for what the cloud asks here.",
			Commands: []string{
				"if (-not (" + find + ")) { New-AuthServer -Name " + quote(s.Name) + " -AuthMetadataUrl " + quote(s.MetadataURL) + " }",
				find + " | Set-AuthServer -RefreshAuthMetadata",
			},
			Check:    []string{find + " | Format-List Name,Type,IssuerIdentifier,Realm,TokenIssuingEndpoint,AuthMetadataUrl,Enabled"},
			Shows:    "Enabled True, IssuerIdentifier 00000001-0000-0000-c000-000000000000, the tenant as Realm, and " + s.MetadataURL,
			Rollback: []string{find + " | Remove-AuthServer -Confirm:$false    # only if this step has made it"},
		},
		{
			Title: "let Exchange Online be a partner application", Where: modernShell,
			Why:      "Set-up has made the object, with the account Exchange Online-ApplicationAccount and its roles; what the cloud asks needs both.",
			Commands: []string{partner + " | Set-PartnerApplication -Enabled $true"},
			Check: []string{
				partner + " | Format-List Name,Enabled,ApplicationIdentifier,LinkedAccount",
				"Get-ManagementRoleAssignment -RoleAssignee 'Exchange Online-ApplicationAccount' | Format-Table Role,Enabled",
			},
			Shows:    "one application, Enabled True with a LinkedAccount; among its roles UserApplication and MeetingGraphApplication",
			Rollback: []string{partner + " | Set-PartnerApplication -Enabled $false    # only if it was not enabled before"},
		},
	}
}
