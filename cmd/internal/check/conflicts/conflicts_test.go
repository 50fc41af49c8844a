package conflicts

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/check/exports"
)

const (
	domain = "contoso.partner.mail.onmschina.cn"
	app    = "00000000-1111-2222-3333-444444444444"
)

// usual is a configuration that asks one tenant by its own application.
func usual() Ours {
	return Ours{
		ProxyHosts: []string{"fb.contoso.com", "localhost"}, Modern: true,
		Allowed: []string{"EX2010$@CONTOSO.COM", `CONTOSO\EX2007$`}, AcceptedDomains: []string{"contoso.com"},
		ServiceName: "00000002-0000-0ff1-ce00-000000000000", Certificates: Thumbprints{Current: "AA11", Next: "BB22", Previous: "CC33"},
		Connectors: []Connector{{
			Name: "ToCloud", Domains: []string{domain}, EWS: true, AuthConfig: true, Application: app, ACSHost: "accounts.accesscontrol.chinacloudapi.cn",
			UserAgent: "ASProxy/CrossForest/EmailDomain/EXCH/15.00.1497.002 availproxy/1",
		}},
	}
}

// read is what package exports makes of one document of the asking side and one
// of the other.
func read(t *testing.T, onPremises, online string) exports.Set {
	t.Helper()
	var paths []string
	for name, content := range map[string]string{"onpremises.json": onPremises, "online.json": online} {
		if content == "" {
			continue
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	set, err := exports.Read(paths)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestFind(t *testing.T) {
	space := func(rest string) string {
		return `{"Get-AvailabilityAddressSpace": [{"ForestName": "` + domain + `", ` + rest + `}]}`
	}
	relationship := func(rest string) string {
		return `{"Get-OrganizationRelationship": [{"Name": "O'Hara & Co", "DomainNames": ["other.example", "` + domain + `"], ` + rest + `}]}`
	}
	connector := func(rest string) string {
		return `{"Get-IntraOrganizationConnector": {"Name": "HybridIOC", "TargetAddressDomains": ["*.mail.onmschina.cn"], ` + rest + `}}`
	}
	auth := func(rest string) string { return `{"Get-AuthConfig": {` + rest + `}}` }
	server := func(name, role, version string) string {
		return `{"Get-ExchangeServer": [{"Name": "` + name + `", "ServerRole": "` + role + `", "AdminDisplayVersion": "` + version + `"}]}`
	}
	organization := func(rest string) string { return `{"Get-OrganizationConfig": {` + rest + `}}` }
	tests := map[string]struct {
		onPremises, online string
		edit               func(*Ours)
		id                 string
		severity           check.Severity
		cause, seen        string // seen is a part
	}{
		"the address space is ours": {onPremises: space(`"AccessMethod": "InternalProxy", "ProxyUrl": "https://FB.contoso.com/ews/exchange.asmx", "UseServiceAccount": true`),
			id: addressSpaceID, severity: check.OK, seen: "InternalProxy"},
		"an enumeration as a number says nothing": {onPremises: space(`"AccessMethod": 3, "ProxyUrl": {"AbsoluteUri": "https://fb.contoso.com/EWS/Exchange.asmx"}`),
			id: addressSpaceID, severity: check.OK},
		"there is no address space": {onPremises: `{"Get-AvailabilityAddressSpace": []}`,
			id: addressSpaceID, severity: check.Fail, cause: "exchange.address-space", seen: "nobody asks us"},
		"the address space is another one's": {onPremises: space(`"AccessMethod": "InternalProxy", "ProxyUrl": "https://mail.contoso.com/EWS/Exchange.asmx"`),
			id: addressSpaceID, severity: check.Fail, cause: "exchange.proxy-url", seen: "mail.contoso.com"},
		"the address space has no ProxyUrl": {onPremises: space(`"AccessMethod": "InternalProxy", "ProxyUrl": null`),
			id: addressSpaceID, severity: check.Fail, cause: "exchange.proxy-url", seen: "(none)"},
		"the path of ProxyUrl is wrong": {onPremises: space(`"AccessMethod": "InternalProxy", "ProxyUrl": "https://fb.contoso.com/EWS/Exchange.asmx/WSSecurity"`),
			id: addressSpaceID, severity: check.Fail, cause: "exchange.proxy-url"},
		"the method of the address space is another": {onPremises: space(`"AccessMethod": "OrgWideFB", "ProxyUrl": "https://fb.contoso.com/EWS/Exchange.asmx"`),
			id: addressSpaceID, severity: check.Fail, cause: "exchange.address-space", seen: "OrgWideFB"},
		"the servers ask with stored credentials": {onPremises: space(`"AccessMethod": "InternalProxy", "ProxyUrl": "https://fb.contoso.com/EWS/Exchange.asmx", "UseServiceAccount": false`),
			id: addressSpaceID, severity: check.Warn},

		"a relationship comes before us": {onPremises: relationship(`"Enabled": true, "FreeBusyAccessEnabled": true`),
			id: "exports.organization_relationship", severity: check.Fail, cause: "exchange.relationship-shadows", seen: domain},
		"a relationship without free/busy": {onPremises: relationship(`"Enabled": true, "FreeBusyAccessEnabled": false`),
			id: "exports.organization_relationship", severity: check.Warn},
		"a relationship that is disabled": {onPremises: relationship(`"Enabled": false, "FreeBusyAccessEnabled": true`),
			id: "exports.organization_relationship", severity: check.OK},
		"a connector by which newer servers ask": {onPremises: connector(`"Enabled": true`),
			id: "exports.intra_organization_connector", severity: check.Warn, seen: domain},
		"a connector that is disabled": {onPremises: connector(`"Enabled": false`),
			id: "exports.intra_organization_connector", severity: check.OK, seen: "disabled"},

		"a server with TLS 1.0": {onPremises: server("EX2010", "ClientAccess, HubTransport", "Version 14.3 (Build 123.4)"),
			id: "exports.server_tls", severity: check.Warn, seen: "EX2010"},
		"a server with TLS 1.0 that we let in": {onPremises: server("EX2010", "ClientAccess", "Version 14.3 (Build 123.4)"), edit: func(o *Ours) { o.Modern = false },
			id: "exports.server_tls", severity: check.OK},
		"an old server that may not ask": {onPremises: server("EX2010B", "Mailbox, ClientAccess", "Version 8.3 (Build 83.6)"),
			id: "exports.server_allowed", severity: check.Fail, cause: "logon.not-listed", seen: "EX2010B"},
		"an old server that may ask, by NTLM": {onPremises: server("ex2007", "ClientAccess", "Version 8.3 (Build 83.6)"),
			id: "exports.server_allowed", severity: check.OK},
		"an old server that a group may let in": {onPremises: server("EX2010B", "ClientAccess", "Version 14.3 (Build 1.1)"), edit: func(o *Ours) { o.Allowed = []string{"sid:S-1-5-21-1"} },
			id: "exports.server_allowed", severity: check.OK},
		"a server without that role":       {onPremises: server("HUB1", "HubTransport", "Version 14.3 (Build 1.1)"), id: "exports.server_allowed", severity: check.OK},
		"a new server need not ask us":     {onPremises: server("EX2016", "Mailbox", "Version 15.1 (Build 2507.6)"), id: "exports.server_allowed", severity: check.OK},
		"Exchange 2013 asks from its role": {onPremises: server("EX2013", "Mailbox", "Version 15.0 (Build 1497.2)"), id: "exports.server_allowed", severity: check.Fail, cause: "logon.not-listed"},

		"the domains of both agree":   {onPremises: `{"Get-AcceptedDomain": [{"DomainName": "Contoso.com"}]}`, id: "exports.accepted_domains", severity: check.OK},
		"a domain that is not theirs": {onPremises: `{"Get-AcceptedDomain": [{"DomainName": {"Domain": "fabrikam.com"}}]}`, id: "exports.accepted_domains", severity: check.Warn, seen: "contoso.com"},

		"the certificate is that of Exchange": {onPremises: auth(`"CurrentCertificateThumbprint": "aa11"`), id: "exports.auth_certificate", severity: check.OK},
		"Exchange has replaced the certificate": {onPremises: auth(`"CurrentCertificateThumbprint": "DD44", "PreviousCertificateThumbprint": "AA11"`),
			id: "exports.auth_certificate", severity: check.Fail, cause: "certificate.stale", seen: "DD44"},
		"Exchange is about to change": {onPremises: auth(`"CurrentCertificateThumbprint": "AA11", "NextCertificateThumbprint": "EE55", "NextCertificateEffectiveDate": "\/Date(1800000000000)\/"`),
			id: "exports.auth_certificate", severity: check.Warn, seen: "EE55 on 2027-01-15"},
		"both are about to change": {onPremises: auth(`"CurrentCertificateThumbprint": "AA11", "NextCertificateThumbprint": "BB22"`),
			id: "exports.auth_certificate", severity: check.OK},
		"Exchange does not know the certificate": {onPremises: auth(`"CurrentCertificateThumbprint": "FF66"`),
			id: "exports.auth_certificate", severity: check.Warn, seen: "does not know ours"},
		"the service name is another": {onPremises: auth(`"ServiceName": "00000002-0000-0ff1-ce00-00000000000X"`),
			id: "exports.service_name", severity: check.Fail, cause: "servicename.wrong"},
		"the auth certificate is on one server only": {onPremises: `{"Get-AuthConfig": {"CurrentCertificateThumbprint": "AA11"},
			"Get-ExchangeCertificate": [{"Identity": "EX1\\AA11", "Thumbprint": "AA11"}, {"Identity": "EX2\\99", "Thumbprint": "99"}]}`,
			id: "exports.exchange_certificate", severity: check.Warn, seen: "1 of 2 servers"},
		"the auth certificate of Exchange has expired": {onPremises: `{"Get-AuthConfig": {"CurrentCertificateThumbprint": "AA11"},
			"Get-ExchangeCertificate": [{"Identity": "EX1\\AA11", "Thumbprint": "AA11", "NotAfter": "2020-02-03T04:05:06Z"}]}`,
			id: "exports.exchange_certificate", severity: check.Warn, seen: "expired on 2020-02-03"},
		"an auth server of another cloud": {onPremises: `{"Get-AuthServer": [{"Name": "ACS", "Enabled": true, "TokenIssuingEndpoint": "https://accounts.accesscontrol.windows.net/x/tokens/OAuth/2"}]}`,
			id: "exports.auth_server", severity: check.Warn, seen: "accounts.accesscontrol.windows.net"},
		"no auth server is enabled":          {onPremises: `{"Get-AuthServer": [{"Name": "ACS", "Enabled": false}]}`, id: "exports.auth_server", severity: check.Warn, seen: "none"},
		"the partner application is there":   {onPremises: `{"Get-PartnerApplication": [{"ApplicationIdentifier": "00000002-0000-0FF1-CE00-000000000000", "Enabled": true}]}`, id: "exports.partner_application", severity: check.OK},
		"the partner application is missing": {onPremises: `{"Get-PartnerApplication": []}`, id: "exports.partner_application", severity: check.Warn},
		"an empty ExternalUrl":               {onPremises: `{"Get-WebServicesVirtualDirectory": {"Name": "EWS", "ExternalUrl": null}}`, id: "exports.virtual_directory", severity: check.Warn, seen: "ExternalUrl"},
		"no OAuth on the virtual directory":  {onPremises: `{"Get-WebServicesVirtualDirectory": {"Name": "EWS", "ExternalUrl": "https://a/", "OAuthAuthentication": false}}`, id: "exports.virtual_directory", severity: check.Warn, seen: "OAuth"},
		"people whose routing address leads nowhere": {onPremises: `{"Get-MailUser": [{"ExternalEmailAddress": "SMTP:li.na@` + domain + `"}, {"ExternalEmailAddress": "SMTP:bob@wrong.example"}]}`,
			id: "exports.routing_address", severity: check.Warn, seen: "wrong.example (1)"},

		"EWS is off":                      {online: organization(`"EwsEnabled": false`), id: "exports.ews_access", severity: check.Fail, cause: "ews.switched-off", seen: "EwsEnabled"},
		"EWS is for other applications":   {online: organization(`"EwsEnabled": true, "EwsAllowedAppIDs": "a, b"`), id: "exports.ews_access", severity: check.Fail, cause: "ews.switched-off", seen: "2 applications"},
		"EWS is for our application":      {online: organization(`"EwsAllowedAppIDs": ["` + strings.ToUpper(app) + `"]`), id: "exports.ews_access", severity: check.OK},
		"EWS is for other agents":         {online: organization(`"EwsApplicationAccessPolicy": "EnforceAllowList", "EwsAllowList": ["*Outlook*"]`), id: "exports.ews_access", severity: check.Fail, cause: "ews.allow-list"},
		"EWS is for agents such as ours":  {online: organization(`"EwsApplicationAccessPolicy": "EnforceAllowList", "EwsAllowList": ["asproxy/*"]`), id: "exports.ews_access", severity: check.OK},
		"EWS is not for agents like ours": {online: organization(`"EwsApplicationAccessPolicy": "EnforceBlockList", "EwsBlockList": ["*availproxy*"]`), id: "exports.ews_access", severity: check.Fail, cause: "ews.allow-list"},
		"nobody there has that domain": {online: `{"Get-AcceptedDomain": [{"DomainName": "contoso.partner.onmschina.cn"}]}`,
			id: "exports.target_domains", severity: check.Fail, cause: "exchange.target-domain", seen: "it accepts contoso.partner.onmschina.cn"},
		"they have that domain": {online: `{"Get-AcceptedDomain": [{"DomainName": "` + domain + `"}]}`, id: "exports.target_domains", severity: check.OK},
		"the way back is closed": {online: `{"Get-IntraOrganizationConnector": [{"Name": "Back", "TargetAddressDomains": ["contoso.com"], "Enabled": false}]}`,
			id: "exports.online_connector", severity: check.Warn},
		"they share nothing with us": {online: `{"Get-OrganizationRelationship": [{"Name": "Us", "DomainNames": ["contoso.com"], "FreeBusyAccessEnabled": true, "FreeBusyAccessLevel": "None"}]}`,
			id: "exports.online_relationship", severity: check.Warn, seen: "Level None"},
		"they share with us": {online: `{"Get-OrganizationRelationship": [{"Name": "Us", "DomainNames": ["contoso.com"], "FreeBusyAccessEnabled": true, "FreeBusyAccessLevel": "LimitedDetails"}]}`,
			id: "exports.online_relationship", severity: check.OK},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ours := usual()
			if tt.edit != nil {
				tt.edit(&ours)
			}
			found := Find(ours, read(t, tt.onPremises, tt.online))
			seen := 0
			for _, f := range found {
				sound(t, f)
				if f.ID != tt.id {
					continue
				}
				seen++
				if f.Severity != tt.severity || f.Cause != tt.cause || !strings.Contains(f.Seen, tt.seen) {
					t.Errorf("got %+v\nwant %s, cause %q, seen %q", f, tt.severity, tt.cause, tt.seen)
				}
			}
			if seen != 1 {
				t.Errorf("there are %d findings %s in %+v", seen, tt.id, found)
			}
		})
	}
}

// sound fails for a finding that does not say what it must.
func sound(t *testing.T, f check.Finding) {
	t.Helper()
	if !regexp.MustCompile(`^[a-z_]+\.[a-z_]+$`).MatchString(f.ID) || f.Subject == "" || f.Seen == "" {
		t.Errorf("the finding is incomplete: %+v", f)
	}
	if f.Severity != check.OK && (f.Expected == "" || f.Fix == "") || f.Severity == check.Fail && f.Cause == "" {
		t.Errorf("the finding does not say what to do: %+v", f)
	}
	if f.Severity == check.OK && f.Cause != "" {
		t.Errorf("the finding is well and has a cause: %+v", f)
	}
}

func TestOnlyTheTenantThatWasExportedIsJudged(t *testing.T) {
	ours := usual()
	other := ours.Connectors[0]
	other.Name, other.Domains = "Elsewhere", []string{"elsewhere.example"}
	ours.Connectors = append(ours.Connectors, other)
	found := Find(ours, read(t, "", `{"Get-AcceptedDomain": [{"DomainName": "`+domain+`"}], "Get-OrganizationConfig": {"EwsEnabled": false}}`))
	for _, f := range found {
		if f.Scope == "Elsewhere" {
			t.Errorf("a connector to another tenant is blamed: %+v", f)
		}
		if f.Cause == "ews.switched-off" && f.Scope != "ToCloud" {
			t.Errorf("the finding is about %q", f.Scope)
		}
	}
}

// A name in an export ends up in a command that an administrator pastes.
func TestNamesInCommandsAreQuoted(t *testing.T) {
	found := Find(usual(), read(t, `{"Get-OrganizationRelationship": [{"Name": "a'; Remove-Mailbox $all #", "DomainNames": "`+domain+`", "Enabled": true}]}`, ""))
	for _, f := range found {
		if f.Cause == "exchange.relationship-shadows" && strings.Contains(f.Cmdlet, `'a''; Remove-Mailbox $all #'`) {
			return
		}
	}
	t.Errorf("the name is not quoted in %+v", found)
}

func TestTheCommandsExportWhatIsJudged(t *testing.T) {
	text := Commands()
	for _, s := range sources {
		prefix := map[exports.Side]string{exports.OnPremises: "onpremises", exports.Online: "online"}[s.side]
		if file := "availproxy-exports/" + prefix + "-Get-" + s.noun + ".xml"; !strings.Contains(text, file+"\n") {
			t.Errorf("no command writes %s", file)
		}
	}
	path := filepath.Join(t.TempDir(), "nothing")
	if _, err := exports.Read([]string{path}); err == nil {
		t.Error("a folder that is not there reads as empty")
	}
}

func TestOverlap(t *testing.T) {
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"the same":                   {"a.example", "A.example", true},
		"below a suffix":             {"b.a.example", "*.a.example", true},
		"far below a suffix":         {"*.a.example", "c.b.a.example", true},
		"the apex is not below":      {"a.example", "*.a.example", false},
		"one suffix below the other": {"*.b.a.example", "*.a.example", true},
		"two suffixes apart":         {"*.a.example", "*.b.example", false},
		"an end that is no suffix":   {"xa.example", "*.a.example", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := overlap(tt.a, tt.b); got != tt.want || overlap(tt.b, tt.a) != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
