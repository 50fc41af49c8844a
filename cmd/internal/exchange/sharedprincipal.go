package exchange

import "strings"

// SharedPrincipal is the older road, by way of the Access Control Service: the
// auth certificate is a key of the shared Exchange principal of the tenant. It is
// closed in worldwide Exchange Online since 31 October 2025
// (deploy-dedicated-hybrid-app).
type SharedPrincipal struct {
	Tenant      string
	Certificate string // file of the public half
	Cloud       string
	Hosts       []string // names under which our side is known: the proxy, autodiscover
}

// Steps returns how the tenant is made to trust our auth certificate.
func (p SharedPrincipal) Steps() []Step {
	const id = "00000002-0000-0ff1-ce00-000000000000"
	uri := "\"v1.0/servicePrincipals/$($exchange.Id)\""
	var names []string
	for _, host := range p.Hosts {
		// Set-up documents of different years show either form.
		names = append(names, quote(id+"/"+host), quote("https://"+host+"/"))
	}
	return []Step{
		Application{Tenant: p.Tenant, Cloud: p.Cloud}.signIn(),
		{
			Title: "give the shared Exchange principal the public half of the auth certificate", Where: graphShell,
			Why: "Only where the Access Control Service is still served. Whoever holds the private half speaks for your Exchange.\n" +
				"availproxy certificate export writes the public half.",
			Commands: []string{
				"$exchange = Get-MgServicePrincipal -Filter \"appId eq '" + id + "'\"",
				"$keys = @((Invoke-MgGraphRequest -Method GET -Uri (" + uri + " + '?$select=keyCredentials')).keyCredentials | ForEach-Object { @{ type = $_.type; usage = $_.usage; key = $_.key } })",
				"if (-not (Test-Path -Path 'availproxy-exchange-keys.json')) { ConvertTo-Json -InputObject $keys -Depth 4 | Set-Content -Path 'availproxy-exchange-keys.json' }",
				"$certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::new((Resolve-Path " + quote(p.Certificate) + ").Path)",
				"$new = @{ type = 'AsymmetricX509Cert'; usage = 'Verify'; key = [Convert]::ToBase64String($certificate.RawData) }",
				"if ($new.key -notin $keys.key) { Invoke-MgGraphRequest -Method PATCH -Uri " + uri + " -ContentType 'application/json' -Body (@{ keyCredentials = $keys + $new } | ConvertTo-Json -Depth 4) }",
			},
			Check: []string{"(Get-MgServicePrincipal -ServicePrincipalId $exchange.Id).KeyCredentials | Format-Table Type,Usage,EndDateTime"},
			Shows: "a key with the end of the auth certificate; availproxy certificate show says when that is",
			Rollback: []string{
				"Invoke-MgGraphRequest -Method PATCH -Uri " + uri + " -ContentType 'application/json' -Body (@{ keyCredentials = @(Get-Content -Raw -Path 'availproxy-exchange-keys.json' | ConvertFrom-Json | ForEach-Object { $_ }) } | ConvertTo-Json -Depth 4)",
			},
		},
		{
			Title: "make our host names those of the principal", Where: graphShell,
			Why: "A host that is not among the names cannot be the target of a token. A wildcard stands for one label, the first:\n" +
				id + "/*.contoso.com covers mail.contoso.com and autodiscover.contoso.com,\n" +
				"but neither contoso.com nor mail.eu.contoso.com, which need names of their own.",
			Commands: []string{
				"$names = @($exchange.ServicePrincipalNames)",
				"if (-not (Test-Path -Path 'availproxy-exchange-names.txt')) { $names | Set-Content -Path 'availproxy-exchange-names.txt' }",
				"Update-MgServicePrincipal -ServicePrincipalId $exchange.Id -ServicePrincipalNames (@($names + " + strings.Join(names, ",") + ") | Select-Object -Unique)",
			},
			Check:    []string{"(Get-MgServicePrincipal -ServicePrincipalId $exchange.Id).ServicePrincipalNames"},
			Shows:    "the names of the command above among the others",
			Rollback: []string{"Update-MgServicePrincipal -ServicePrincipalId $exchange.Id -ServicePrincipalNames (Get-Content -Path 'availproxy-exchange-names.txt')"},
		},
	}
}
