package exchange

// Account returns the steps that make the account which carries the name of the
// proxy, so that Exchange gets Kerberos tickets for it: a computer account
// without rights, in the domain of the Exchange servers. host is the host name
// in ProxyUrl; realm may be "" where the configuration names none.
//
// The encryption types are set before the password, since an account without
// them gets keys of its own choice (learn.microsoft.com msDS-SupportedEncryptionTypes).
func Account(host, realm string) []Step {
	const shell = "PowerShell with the Active Directory module, a domain controller of the old organisation"
	spn := "HTTP/" + host
	domain := "'@' + (Get-ADDomain).DNSRoot.ToUpper()"
	if realm != "" {
		domain = quote("@" + realm)
	}
	return []Step{
		{
			Title: "see that no account carries the name of the proxy yet", Where: shell,
			Why:      "Two accounts with one name get no tickets at all. If one is shown, decide which of them is right.",
			Commands: []string{"setspn -Q " + quote(spn)},
			Rollback: []string{"# nothing to undo: this step only looked"},
		},
		{
			Title: "make the account and export its key", Where: shell,
			Why: "Publish the name as an A record: for a CNAME Windows asks for the ticket of the name behind it.\n" +
				"While Exchange runs on Windows Server 2003, add RC4 to the encryption types (28 instead of 24) and export with -crypto All.\n" +
				"Copy http.keytab to clients.kerberos.keytab of the proxy and delete it here.",
			Commands: []string{
				"New-ADComputer -Name 'availproxy' -ServicePrincipalNames " + quote(spn) + " -KerberosEncryptionType AES128,AES256",
				"$principal = " + quote(spn) + " + " + domain,
				"ktpass -out http.keytab -princ $principal -mapuser ((Get-ADDomain).NetBIOSName + '\\availproxy$') -pass +rndPass -ptype KRB5_NT_PRINCIPAL -crypto AES256-SHA1",
			},
			Rollback: []string{"Remove-ADComputer -Identity 'availproxy' -Confirm:$false"},
		},
	}
}
