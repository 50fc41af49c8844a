package exchange

import "cmp"

// Application is the registration in Entra ID by which a connector asks, with a
// key of its own: today's road into Exchange Online.
type Application struct {
	Tenant      string // domain or id
	ID          string // application_identifier; "" for one that is still to be made
	Certificate string // file of the public half, as `availproxy certificate export` writes it
	Cloud       string // as in the configuration
	Graph, EWS  bool   // what it is to ask
	Details     bool   // whether it passes on subjects, access_level LimitedDetails
}

// environments name the clouds to the sign-in cmdlets of Microsoft Graph
// PowerShell and of Exchange Online PowerShell. Bleu and Delos have no name there
// that is documented.
var environments = map[string]struct{ graph, exchange string }{
	"worldwide": {"Global", "O365Default"},
	"china":     {"China", "O365China"},
	"gcchigh":   {"USGov", "O365USGovGCCHigh"},
	"dod":       {"USGovDoD", "O365USGovDoD"},
}

// connectOnline signs in to Exchange Online. Where the environment has no documented
// name, the sign-in cmdlet says which it knows.
func connectOnline(cloud string) string {
	if e, ok := environments[cloud]; ok {
		return "Connect-ExchangeOnline -ExchangeEnvironmentName " + quote(e.exchange)
	}
	return "Connect-ExchangeOnline    # name the environment of " + cmp.Or(cloud, "your cloud") + " with -ExchangeEnvironmentName; Get-Help Connect-ExchangeOnline -Parameter ExchangeEnvironmentName lists them"
}

const onlineShell = "Exchange Online PowerShell, the tenant"

const graphShell = "Microsoft Graph PowerShell, the tenant, as a Cloud Application Administrator who may consent"

// Steps returns how the application is registered, gets its key and its
// permissions, and is let into EWS as long as there is EWS. Each step ends with a
// look at what it has done.
func (a Application) Steps() []Step {
	steps := []Step{a.signIn(), a.register(), a.upload(), a.permit()}
	if a.EWS {
		steps = append(steps, a.allowEWS(), cleanSharedPrincipal(a.Tenant))
	}
	return steps
}

func (a Application) signIn() Step {
	connect := "Connect-MgGraph -TenantId " + quote(a.Tenant) + " -Scopes 'Application.ReadWrite.All','AppRoleAssignment.ReadWrite.All'"
	why := "An application belongs to the cloud that holds the tenant; tokens of one cloud are worth nothing in another."
	if e, ok := environments[a.Cloud]; ok {
		connect += " -Environment " + quote(e.graph)
	} else {
		why += "\nName the environment of " + cmp.Or(a.Cloud, "your cloud") + " with -Environment; Get-MgEnvironment lists those that the module knows."
	}
	return Step{
		Title: "sign in to the tenant", Where: graphShell, Why: why,
		Commands: []string{connect},
		Check:    []string{"Get-MgContext | Format-List TenantId,Environment,Scopes"},
		Shows:    "the tenant, and both scopes",
		Rollback: []string{"Disconnect-MgGraph"},
	}
}

func (a Application) register() Step {
	find := "$app = Get-MgApplication -Filter \"displayName eq 'availproxy'\""
	if a.ID != "" {
		find = "$app = Get-MgApplication -Filter (\"appId eq '\" + " + quote(a.ID) + " + \"'\")"
	}
	return Step{
		Title: "register an application of your own", Where: graphShell,
		Why: "Never put a key on the shared Exchange principal (CVE-2025-53786): whoever holds it speaks for all of Exchange.\n" +
			"Write the AppId that is shown into application_identifier of the auth server.",
		Commands: []string{
			find,
			"if (-not $app) { $app = New-MgApplication -DisplayName 'availproxy' -SignInAudience 'AzureADMyOrg' }",
			"$principal = Get-MgServicePrincipal -Filter \"appId eq '$($app.AppId)'\"",
			"if (-not $principal) { $principal = New-MgServicePrincipal -AppId $app.AppId }",
		},
		Check:    []string{"$app | Format-List DisplayName,AppId,Id; $principal | Format-List AppId,AccountEnabled"},
		Shows:    "one application, and the same AppId with AccountEnabled True",
		Rollback: []string{"Remove-MgApplication -ApplicationId $app.Id    # only if this step has made it"},
	}
}

// upload sends the whole list of keys: a PATCH replaces it. Of those that are
// there it takes no dates, which Windows PowerShell writes in a way of its own,
// nor does that take a list from JSON apart by itself.
func (a Application) upload() Step {
	uri := "\"v1.0/applications/$($app.Id)\""
	return Step{
		Title: "give the application the public half of its key", Where: graphShell,
		Why: "availproxy certificate new --out app.pfx --password-file app.pfx.password makes the key;\n" +
			"availproxy certificate export --file app.pfx --password-file app.pfx.password writes its public half. The private one stays with the proxy.\n" +
			"The list of keys is replaced as a whole, so those that are there are sent again.",
		Commands: []string{
			"$keys = @((Invoke-MgGraphRequest -Method GET -Uri (" + uri + " + '?$select=keyCredentials')).keyCredentials | ForEach-Object { @{ type = $_.type; usage = $_.usage; displayName = $_.displayName; key = $_.key } })",
			"if (-not (Test-Path -Path 'availproxy-keys.json')) { ConvertTo-Json -InputObject $keys -Depth 4 | Set-Content -Path 'availproxy-keys.json' }",
			"$certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::new((Resolve-Path " + quote(a.Certificate) + ").Path)",
			"$new = @{ type = 'AsymmetricX509Cert'; usage = 'Verify'; displayName = 'availproxy'; key = [Convert]::ToBase64String($certificate.RawData) }",
			"if ($new.key -notin $keys.key) { Invoke-MgGraphRequest -Method PATCH -Uri " + uri + " -ContentType 'application/json' -Body (@{ keyCredentials = $keys + $new } | ConvertTo-Json -Depth 4) }",
		},
		Check: []string{"(Get-MgApplication -ApplicationId $app.Id).KeyCredentials | Format-Table DisplayName,StartDateTime,EndDateTime"},
		Shows: "the key of availproxy with the dates of the certificate, beside those that were there",
		Rollback: []string{
			"Invoke-MgGraphRequest -Method PATCH -Uri " + uri + " -ContentType 'application/json' -Body (@{ keyCredentials = @(Get-Content -Raw -Path 'availproxy-keys.json' | ConvertFrom-Json | ForEach-Object { $_ }) } | ConvertTo-Json -Depth 4)",
		},
	}
}

// permit assigns the roles to the principal, which is what consent does for
// permissions of an application.
func (a Application) permit() Step {
	step := Step{
		Title: "let the application do what it is for, and consent", Where: graphShell,
		Why: "Assigning the role is the consent of the organisation. An application sees every calendar of the tenant unless\n" +
			"RBAC for Applications narrows it (New-ManagementRoleAssignment -App); the proxy passes on no more than access_level.",
	}
	step.Commands = []string{"$granted = @()"}
	if a.Graph {
		roles := "'Calendars.ReadBasic','Calendars.ReadBasic.All'" // the documents have called it either
		if a.Details {
			roles = "'Calendars.Read'"
		}
		step.Commands = append(step.Commands, assign("$graph", "00000003-0000-0000-c000-000000000000", roles)...)
	}
	if a.EWS {
		step.Commands = append(step.Commands, assign("$exchange", "00000002-0000-0ff1-ce00-000000000000", "'full_access_as_app'")...)
	}
	step.Check = []string{"Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id | Format-Table ResourceDisplayName,AppRoleId"}
	step.Shows = "one line for each of the roles"
	step.Rollback = []string{"$granted | ForEach-Object { Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -AppRoleAssignmentId $_.Id }"}
	return step
}

// assign gives the application a role of the API with that id, the first that it
// has of those names.
func assign(name, api, roles string) []string {
	return []string{
		name + " = Get-MgServicePrincipal -Filter \"appId eq '" + api + "'\"",
		"$role = " + name + ".AppRoles | Where-Object { $_.Value -in " + roles + " } | Select-Object -First 1",
		"if ($role.Id -notin (Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id).AppRoleId) { $granted += New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -PrincipalId $principal.Id -ResourceId " + name + ".Id -AppRoleId $role.Id }",
	}
}

// allowEWS adds the application to the list of those that EWS serves, which is
// written as a whole (Set-OrganizationConfig, EwsAllowedAppIDs).
func (a Application) allowEWS() Step {
	id := "$app.AppId"
	if a.ID != "" {
		id = quote(a.ID)
	}
	return Step{
		Title: "let the application use EWS, as long as there is EWS", Where: onlineShell,
		Why: "Since October 2026 EWS serves only the applications of this list. A change takes up to a day.\n" +
			"The list is replaced as a whole, so those that are in it are named again.",
		Commands: []string{
			connectOnline(a.Cloud),
			"$before = Get-OrganizationConfig | Select-Object EwsEnabled,EwsAllowedAppIDs",
			"if (-not (Test-Path -Path 'availproxy-ews.xml')) { $before | Export-Clixml -Path 'availproxy-ews.xml' }",
			"Set-OrganizationConfig -EwsEnabled $true -EwsAllowedAppIDs (@(@($before.EwsAllowedAppIDs) + " + id + " | Where-Object { $_ } | Select-Object -Unique))",
		},
		Check:    []string{"Get-OrganizationConfig | Format-List EwsEnabled,EwsAllowedAppIDs"},
		Shows:    "EwsEnabled True, and the AppId in the list",
		Rollback: []string{"$before = Import-Clixml -Path 'availproxy-ews.xml'; Set-OrganizationConfig -EwsEnabled $before.EwsEnabled -EwsAllowedAppIDs @($before.EwsAllowedAppIDs)"},
	}
}

func cleanSharedPrincipal(tenant string) Step {
	return Step{
		Title: "take old keys off the shared Exchange principal", Where: "PowerShell, a server that reaches the internet; the script is in microsoft/CSS-Exchange",
		Why: "Keys of earlier set-ups still speak for Exchange in " + tenant + ". Do this when nothing asks as that principal any more,\n" +
			"and again after each run of the Hybrid Configuration Wizard.",
		Commands: []string{".\\ConfigureExchangeHybridApplication.ps1 -ResetFirstPartyServicePrincipalKeyCredentials"},
		Check:    []string{"(Get-MgServicePrincipal -Filter \"appId eq '00000002-0000-0ff1-ce00-000000000000'\").KeyCredentials | Format-Table EndDateTime"},
		Shows:    "no key that is still valid",
		Rollback: []string{"# none: upload the auth certificate to the shared principal again only if something still needs it"},
	}
}
