package conflicts

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/check/exports"
)

// signs reports whether any connector needs the certificate of auth_config.
func (o Ours) signs() bool {
	return slices.ContainsFunc(o.Connectors, func(c Connector) bool { return c.AuthConfig })
}

// authConfig compares Get-AuthConfig with auth_config: the certificate that is
// registered on the other side is, as a rule, that of Exchange.
func authConfig(ours Ours, set exports.Set) []check.Finding {
	var findings []check.Finding
	for _, a := range set.Of(exports.OnPremises, "AuthConfig") {
		if ours.signs() {
			findings = append(findings, ours.thumbprint(a))
		}
		if name := a.Text("ServiceName"); name != "" && !strings.EqualFold(name, ours.ServiceName) {
			findings = append(findings, check.Finding{
				ID: "exports.service_name", Severity: check.Fail, Subject: "auth_servicename.wrong", Cause: "servicename.wrong",
				Seen: fmt.Sprintf("%s here, %s in Exchange", ours.ServiceName, name), Expected: "the same, and never changed",
				Fix: "Leave service_name out of the configuration, or correct Exchange.", Cmdlet: "Get-AuthConfig | Format-List ServiceName",
			})
		}
	}
	return findings
}

func (o Ours) thumbprint(a exports.Object) check.Finding {
	f := check.Finding{
		ID: "exports.auth_certificate", Severity: check.OK, Subject: "auth_config.certificate",
		Expected: "the current auth certificate of Exchange, or one that the other side was given apart",
		Fix:      "Export the current auth certificate of Exchange as PFX into auth_config.certificate, or keep ours and see that it is registered on the other side.",
		Cmdlet:   "Get-AuthConfig | Format-List *Thumbprint,NextCertificateEffectiveDate",
	}
	current, previous, next := a.Text("CurrentCertificateThumbprint"), a.Text("PreviousCertificateThumbprint"), a.Text("NextCertificateThumbprint")
	is := func(thumbprint string) bool {
		return thumbprint != "" && strings.EqualFold(thumbprint, o.Certificates.Current)
	}
	f.Seen = fmt.Sprintf("%s here, %s in Exchange", o.Certificates.Current, orNone(current))
	switch {
	case is(current) && next != "" && !strings.EqualFold(next, o.Certificates.Next):
		f.Severity = check.Warn
		f.Seen += fmt.Sprintf("; Exchange changes to %s on %s, and we do not", next, a.Time("NextCertificateEffectiveDate").Format(time.DateOnly))
		f.Fix = "Name the next certificate of Exchange as auth_config.next_certificate, with the same date."
	case is(current), is(next):
	case is(previous):
		f.Severity, f.Cause = check.Fail, "certificate.stale"
		f.Seen += ": ours is the one that Exchange has replaced"
	default:
		f.Severity = check.Warn
		f.Seen += ": Exchange does not know ours"
	}
	return f
}

// exchangeCertificates looks for an auth certificate that has expired or that only
// some servers have.
func exchangeCertificates(_ Ours, set exports.Set) []check.Finding {
	current := ""
	for _, a := range set.Of(exports.OnPremises, "AuthConfig") {
		current = a.Text("CurrentCertificateThumbprint")
	}
	all, having := map[string]bool{}, map[string]bool{}
	f := check.Finding{
		ID: "exports.exchange_certificate", Severity: check.OK, Subject: "auth certificate of Exchange " + current,
		Expected: "on every server, and valid", Fix: "Import the certificate where it is missing, or renew it; it serves the way from the cloud to Exchange.",
		Cmdlet: "Get-ExchangeServer | ForEach-Object { Get-ExchangeCertificate -Server $_.Name -Thumbprint " + orNone(current) + " }",
	}
	for _, c := range set.Of(exports.OnPremises, "ExchangeCertificate") {
		server, _, found := strings.Cut(c.Text("Identity"), `\`)
		if found {
			all[server] = true
		}
		if current == "" || !strings.EqualFold(c.Text("Thumbprint"), current) {
			continue
		}
		having[server] = true
		if end := c.Time("NotAfter"); !end.IsZero() && end.Before(time.Now()) {
			f.Severity, f.Seen = check.Warn, "expired on "+end.Format(time.DateOnly)
		}
	}
	if f.Severity == check.OK {
		f.Seen = fmt.Sprintf("%d of %d servers have it", len(having), len(all))
	}
	if current != "" && len(having) < len(all) {
		f.Severity = check.Warn
	}
	return []check.Finding{f}
}

// inbound is a finding about the way back, from the cloud to Exchange, which does
// not lead through us.
func inbound(id, subject, seen, expected, fix, cmdlet string) check.Finding {
	return check.Finding{
		ID: id, Severity: check.Warn, Subject: subject, Seen: seen, Expected: expected,
		Fix: fix + " It serves the way from the other side to Exchange, not ours.", Cmdlet: cmdlet,
	}
}

func authServers(ours Ours, set exports.Set) []check.Finding {
	const id = "exports.auth_server"
	enabled := 0
	var findings []check.Finding
	for _, s := range set.Of(exports.OnPremises, "AuthServer") {
		if s.False("Enabled") {
			continue
		}
		enabled++
		endpoint, err := url.Parse(s.Text("TokenIssuingEndpoint"))
		for _, c := range ours.Connectors {
			if acs := c.ACSHost; err == nil && acs != "" && strings.Contains(endpoint.Host, "accesscontrol") && !strings.EqualFold(endpoint.Hostname(), acs) {
				findings = append(findings, inbound(id, s.Name(), endpoint.Hostname()+" there, "+acs+" in "+c.Name, "the token service of the same cloud",
					"See which cloud holds the tenant.", "Get-AuthServer | Format-List Name,AuthMetadataUrl,TokenIssuingEndpoint,IssuerIdentifier,Enabled"))
			}
		}
	}
	if enabled == 0 {
		findings = append(findings, inbound(id, "Get-AuthServer", "none is enabled", "an enabled auth server",
			"Run New-AuthServer; `availproxy exchange` prints how.", "Get-AuthServer | Format-List Name,AuthMetadataUrl,Enabled"))
	}
	return orWell(findings, id, "Get-AuthServer", fmt.Sprintf("%d enabled", enabled))
}

// exchangeOnline is the application id of Office 365 Exchange Online.
const exchangeOnline = "00000002-0000-0ff1-ce00-000000000000"

func partnerApplications(_ Ours, set exports.Set) []check.Finding {
	const id = "exports.partner_application"
	for _, p := range set.Of(exports.OnPremises, "PartnerApplication") {
		if strings.EqualFold(p.Text("ApplicationIdentifier"), exchangeOnline) && !p.False("Enabled") {
			return orWell(nil, id, p.Name(), "enabled")
		}
	}
	return []check.Finding{inbound(id, "Get-PartnerApplication", "Exchange Online is not among them, or not enabled", "an enabled partner application "+exchangeOnline,
		"Enable it, or make it anew.", "Get-PartnerApplication | Format-List Name,ApplicationIdentifier,Enabled,LinkedAccount")}
}

func virtualDirectories(_ Ours, set exports.Set) []check.Finding {
	const id = "exports.virtual_directory"
	var without, closed []string
	for _, d := range set.Of(exports.OnPremises, "WebServicesVirtualDirectory") {
		if d.Text("ExternalUrl") == "" {
			without = append(without, d.Name())
		}
		if d.False("OAuthAuthentication") {
			closed = append(closed, d.Name())
		}
	}
	var findings []check.Finding
	const cmdlet = "Get-WebServicesVirtualDirectory -ADPropertiesOnly | Format-List Server,ExternalUrl,OAuthAuthentication,WSSecurityAuthentication"
	if len(without) > 0 {
		findings = append(findings, inbound(id, named(without), "ExternalUrl is empty", "an ExternalUrl", "Set it with Set-WebServicesVirtualDirectory.", cmdlet))
	}
	if len(closed) > 0 {
		findings = append(findings, inbound(id, named(closed), "OAuthAuthentication is off", "OAuthAuthentication on", "Switch it on with Set-WebServicesVirtualDirectory.", cmdlet))
	}
	return orWell(findings, id, "Get-WebServicesVirtualDirectory", "each has an ExternalUrl and takes tokens")
}
