package conflicts

import (
	"fmt"
	"strings"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/check/exports"
)

// source is the output of one cmdlet and what is judged by it.
type source struct {
	side    exports.Side
	noun    string
	command string // that exports it; "" is Get-<noun>
	judge   func(Ours, exports.Set) []check.Finding
}

// sources are in the order of the path of a question: whether it is sent to us,
// whether we may ask on, whether we are answered.
var sources = []source{
	{exports.OnPremises, "AvailabilityAddressSpace", "", addressSpaces},
	{exports.OnPremises, "OrganizationRelationship", "", relationships},
	{exports.OnPremises, "IntraOrganizationConnector", "", ownConnectors},
	{exports.OnPremises, "ExchangeServer", "Get-ExchangeServer | Select-Object Name,ServerRole,AdminDisplayVersion", servers},
	{exports.OnPremises, "AcceptedDomain", "", acceptedDomains},
	{exports.OnPremises, "AuthConfig", "", authConfig},
	{exports.OnPremises, "ExchangeCertificate", "Get-ExchangeServer | ForEach-Object { Get-ExchangeCertificate -Server $_.Name }", exchangeCertificates},
	{exports.OnPremises, "AuthServer", "", authServers},
	{exports.OnPremises, "PartnerApplication", "", partnerApplications},
	{exports.OnPremises, "WebServicesVirtualDirectory", "Get-WebServicesVirtualDirectory -ADPropertiesOnly", virtualDirectories},
	{exports.OnPremises, "MailUser", "Get-MailUser -ResultSize Unlimited | Select-Object ExternalEmailAddress", mailUsers},
	{exports.Online, "AcceptedDomain", "", targetDomains},
	{exports.Online, "OrganizationConfig", "Get-OrganizationConfig | Select-Object Name,Ews*", ewsAccess},
	{exports.Online, "IntraOrganizationConnector", "", theirConnectors},
	{exports.Online, "OrganizationRelationship", "", theirRelationships},
}

// Find compares ours with what was exported.
func Find(ours Ours, set exports.Set) []check.Finding {
	findings := []check.Finding{{
		ID: "exports.read", Severity: check.OK, Subject: "exports of Exchange", Seen: strings.Join(set.Files, ", "),
	}}
	var missing []string
	for _, s := range sources {
		if set.Has(s.side, s.noun) {
			findings = append(findings, s.judge(ours, set)...)
		} else {
			missing = append(missing, fmt.Sprintf("Get-%s (%s)", s.noun, s.side))
		}
	}
	if len(missing) > 0 {
		findings = append(findings, check.Finding{
			ID: "exports.missing", Severity: check.OK, Subject: "exports of Exchange",
			Seen: "not exported, or unknown to that version, and so not judged: " + strings.Join(missing, ", "),
		})
	}
	return findings
}

// Unreadable is the finding about exports of which some cannot be read.
func Unreadable(err error) check.Finding {
	return check.Finding{
		ID: "exports.read", Severity: check.Warn, Subject: "exports of Exchange", Seen: err.Error(),
		Expected: "files of Export-Clixml or ConvertTo-Json", Fix: "Export again; `availproxy check --export-commands` prints the commands.",
	}
}

// Commands is what to run on each side to export all that Find looks at, ready
// to be pasted.
func Commands() string {
	var b strings.Builder
	for _, s := range []struct {
		side          exports.Side
		prefix, where string
	}{
		{exports.OnPremises, "onpremises", "Exchange Management Shell of the organisation whose servers ask. A command that its version does not know fails and does no harm."},
		{exports.Online, "online", "Exchange Online PowerShell of the tenant that is asked, or the Exchange Management Shell of the forest that is asked."},
	} {
		fmt.Fprintf(&b, "# %s\n$null = New-Item -ItemType Directory -Force -Path availproxy-exports\n", s.where)
		for _, source := range sources {
			if source.side != s.side {
				continue
			}
			command := source.command
			if command == "" {
				command = "Get-" + source.noun
			}
			fmt.Fprintf(&b, "%s | Export-Clixml -Path availproxy-exports/%s-Get-%s.xml\n", command, s.prefix, source.noun)
		}
		b.WriteString("\n")
	}
	b.WriteString("# then: availproxy check --config FILE --exports availproxy-exports\n")
	return b.String()
}
