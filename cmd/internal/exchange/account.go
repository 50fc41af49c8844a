package exchange

// directory is where accounts are made.
const directory = "PowerShell with the Active Directory module, a domain controller of the old organisation"

// unclaimed is the step that comes before an account gets a name.
func unclaimed(spn string) Step {
	return Step{
		Title: "see that no account carries the name of the proxy yet", Where: directory,
		Why:      "Two accounts with one name get no tickets at all. If one is shown, decide which of them is right.",
		Check:    []string{"setspn -Q " + quote(spn)},
		Shows:    "No such SPN found; once the next step has been done, one account",
		Rollback: []string{"# nothing to undo: this step only looked"},
	}
}

// Account returns the steps that make the account which carries the name of the
// proxy, so that Exchange gets Kerberos tickets for it: a computer account
// without rights, in the domain of the Exchange servers. host is the host name
// in ProxyUrl; realm may be "" where the configuration names none.
//
// The encryption types are set before the password, since an account without
// them gets keys of its own choice (learn.microsoft.com msDS-SupportedEncryptionTypes).
func Account(host, realm string) []Step {
	spn := "HTTP/" + host
	domain := "'@' + (Get-ADDomain).DNSRoot.ToUpper()"
	if realm != "" {
		domain = quote("@" + realm)
	}
	return []Step{
		unclaimed(spn),
		{
			Title: "make the account and export its key", Where: directory,
			Why: "Publish the name as an A record: for a CNAME Windows asks for the ticket of the name behind it.\n" +
				"While Exchange runs on Windows Server 2003, add RC4 to the encryption types (28 instead of 24) and export with -crypto All.\n" +
				"Copy http.keytab to clients.kerberos.keytab of the proxy and delete it here.",
			Commands: []string{
				"if (-not (Get-ADComputer -Filter \"Name -eq 'availproxy'\")) { New-ADComputer -Name 'availproxy' -ServicePrincipalNames " + quote(spn) + " -KerberosEncryptionType AES128,AES256 }",
				"$principal = " + quote(spn) + " + " + domain,
				"if (-not (Test-Path -Path 'http.keytab')) { ktpass -out http.keytab -princ $principal -mapuser ((Get-ADDomain).NetBIOSName + '\\availproxy$') -pass +rndPass -ptype KRB5_NT_PRINCIPAL -crypto AES256-SHA1 }",
			},
			Check:    []string{"Get-ADComputer -Identity 'availproxy' -Properties ServicePrincipalNames,KerberosEncryptionType | Format-List ServicePrincipalNames,KerberosEncryptionType"},
			Shows:    spn + " and the encryption types; availproxy check then finds the same name in the keytab",
			Rollback: []string{"Remove-ADComputer -Identity 'availproxy' -Confirm:$false"},
		},
	}
}

// WindowsAccount returns the steps that do the same for a proxy that runs on
// Windows, which has the keys of the account that the process runs as: there is
// none to export.
func WindowsAccount(host string) []Step {
	spn := "HTTP/" + host
	return []Step{
		unclaimed(spn),
		{
			Title: "give the name to the account that the proxy runs as", Where: directory,
			Why: "That is the computer account of the proxy's machine where it runs as NetworkService or LocalSystem;\n" +
				"else put the account of the service in its place. Publish the name as an A record.\n" +
				"Where the machine itself has this name in the domain, leave the step out: HOST/ includes HTTP/.",
			Commands: []string{
				"$account = Read-Host 'computer name of the proxy'",
				"setspn -S " + quote(spn) + " $account",
			},
			Check:    []string{"setspn -Q " + quote(spn)},
			Shows:    "that account and no other",
			Rollback: []string{"setspn -D " + quote(spn) + " $account"},
		},
	}
}
