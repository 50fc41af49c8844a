package discovery

import (
	"cmp"
	"maps"
)

// Cloud is what is known about one instance of Microsoft 365. Wherever a name
// below is empty, no public source says what it is.
type Cloud struct {
	Name string // as in the configuration: worldwide, china, ...

	EWS       string   // URL of Exchange Web Services
	Discovery string   // DiscoveryEndpoint, the URL of SOAP autodiscover
	Hosts     []string // that redirects and discovered URLs may name, as in Connector.AllowedHosts

	ACS   string // host of the Access Control Service
	Login string // host of Entra ID
	Graph string // host of Microsoft Graph

	// RoutingSuffix ends the domains of target addresses, with its leading dot.
	RoutingSuffix string
}

// clouds is the table of Microsoft's own Get-CloudServiceEndpoint.ps1
// (microsoft/CSS-Exchange), completed from the set-up documents where noted.
var clouds = map[string]Cloud{
	"worldwide": {
		Name:      "worldwide",
		EWS:       "https://outlook.office365.com/EWS/Exchange.asmx",
		Discovery: "https://autodiscover-s.outlook.com/autodiscover/autodiscover.svc",
		// The two suffixes are Thunderbird's safe list; an operator may narrow them.
		Hosts:         []string{"outlook.office365.com", "outlook.office.com", "autodiscover-s.outlook.com", ".outlook.com", ".office365.com"},
		ACS:           "accounts.accesscontrol.windows.net",
		Login:         "login.microsoftonline.com",
		Graph:         "graph.microsoft.com",
		RoutingSuffix: ".mail.onmicrosoft.com",
	},
	// 21Vianet. DiscoveryEndpoint, ACS host and routing domain are those of its
	// own OAuth set-up documents; the script names autodiscover-s.partner.outlook.cn,
	// which the suffix covers.
	"china": {
		Name:          "china",
		EWS:           "https://partner.outlook.cn/EWS/Exchange.asmx",
		Discovery:     "https://partner.outlook.cn/autodiscover/autodiscover.svc",
		Hosts:         []string{"partner.outlook.cn", ".partner.outlook.cn"},
		ACS:           "accounts.accesscontrol.chinacloudapi.cn",
		Login:         "login.partner.microsoftonline.cn",
		Graph:         "microsoftgraph.chinacloudapi.cn",
		RoutingSuffix: ".partner.mail.onmschina.cn",
	},
	// The two clouds of the US government have their ACS metadata at the login host.
	"gcchigh": {
		Name:      "gcchigh",
		EWS:       "https://outlook.office365.us/EWS/Exchange.asmx",
		Discovery: "https://autodiscover-s.office365.us/autodiscover/autodiscover.svc",
		Hosts:     []string{"outlook.office365.us", "autodiscover-s.office365.us"},
		ACS:       "login.microsoftonline.us",
		Login:     "login.microsoftonline.us",
		Graph:     "graph.microsoft.us",
	},
	"dod": {
		Name:      "dod",
		EWS:       "https://outlook-dod.office365.us/EWS/Exchange.asmx",
		Discovery: "https://autodiscover-s-dod.office365.us/autodiscover/autodiscover.svc",
		Hosts:     []string{"outlook-dod.office365.us", "autodiscover-s-dod.office365.us"},
		ACS:       "login.microsoftonline.us",
		Login:     "login.microsoftonline.us",
		Graph:     "dod-graph.microsoft.us",
	},
	"bleu": {
		Name:      "bleu",
		EWS:       "https://outlook.sovcloud.fr/EWS/Exchange.asmx",
		Discovery: "https://autodiscover-s.outlook.sovcloud.fr/autodiscover/autodiscover.svc",
		Hosts:     []string{"outlook.sovcloud.fr", "autodiscover-s.outlook.sovcloud.fr"},
		Login:     "login.sovcloud-identity.fr",
		Graph:     "graph.svc.sovcloud.fr",
	},
	"delos": {
		Name:      "delos",
		EWS:       "https://outlook.sovcloud.de/EWS/Exchange.asmx",
		Discovery: "https://autodiscover-s.outlook.sovcloud.de/autodiscover/autodiscover.svc",
		Hosts:     []string{"outlook.sovcloud.de", "autodiscover-s.outlook.sovcloud.de"},
		Login:     "login.sovcloud-identity.de",
		Graph:     "graph.svc.sovcloud.de",
	},
	"none": {Name: "none"},
}

// Clouds returns the table of clouds by name. It is the caller's own copy, to
// be changed with [Cloud.Override]; "none" is the cloud of a forest on premises.
func Clouds() map[string]Cloud { return maps.Clone(clouds) }

// Override returns c with the fields that are set in by in place of its own.
func (c Cloud) Override(by Cloud) Cloud {
	return Cloud{
		Name:          cmp.Or(by.Name, c.Name),
		EWS:           cmp.Or(by.EWS, c.EWS),
		Discovery:     cmp.Or(by.Discovery, c.Discovery),
		Hosts:         firstSet(by.Hosts, c.Hosts),
		ACS:           cmp.Or(by.ACS, c.ACS),
		Login:         cmp.Or(by.Login, c.Login),
		Graph:         cmp.Or(by.Graph, c.Graph),
		RoutingSuffix: cmp.Or(by.RoutingSuffix, c.RoutingSuffix),
	}
}

func firstSet(lists ...[]string) []string {
	for _, l := range lists {
		if len(l) > 0 {
			return l
		}
	}
	return nil
}
