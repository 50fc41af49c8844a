package exchange

// AuthCertificate is the certificate that signs for the organisation: of Exchange
// where that has one, since then both speak for it with one key.
type AuthCertificate struct {
	Public  string // file for its public half, which the other side gets
	Private string // file for both halves, auth_config.certificate of the proxy
}

// Steps returns how both files are made. The certificate of Exchange can be
// exported by a server of 2013 or later; elsewhere the proxy makes one.
func (c AuthCertificate) Steps() []Step {
	return []Step{{
		Title: "export the auth certificate", Where: modernShell,
		Why: "Where there is no such server, the proxy makes the certificate:\n" +
			"availproxy certificate new --out " + c.Private + " --password-file " + c.Private + ".password,\n" +
			"availproxy certificate export --file " + c.Private + " --password-file " + c.Private + ".password.\n" +
			"Copy " + c.Private + " to auth_config.certificate of the proxy and delete it here; whoever has it speaks for your Exchange.",
		Commands: []string{
			"$auth = Get-Item -Path ('Cert:\\LocalMachine\\My\\' + (Get-AuthConfig).CurrentCertificateThumbprint)",
			"[IO.File]::WriteAllBytes((Join-Path $PWD " + quote(c.Public) + "), $auth.Export([Security.Cryptography.X509Certificates.X509ContentType]::Cert))",
			"$password = Read-Host -AsSecureString " + quote("password for "+c.Private),
			"Export-PfxCertificate -Cert $auth -FilePath " + quote(c.Private) + " -Password $password",
		},
		Check: []string{
			"Get-AuthConfig | Format-List CurrentCertificateThumbprint,PreviousCertificateThumbprint,NextCertificateThumbprint,NextCertificateEffectiveDate,ServiceName,Realm",
			"$auth | Format-List Thumbprint,Subject,NotAfter,HasPrivateKey",
		},
		Shows: "the same thumbprint twice, and ServiceName " + exchangeOnline + "; availproxy certificate show then names that thumbprint, too",
		Rollback: []string{
			"Remove-Item -Path " + quote(c.Public) + "," + quote(c.Private),
		},
	}}
}
