package discovery

import (
	"cmp"
	"time"
)

// Cloud is what is known about one instance of Microsoft 365. Wherever a field
// below is empty, no public source says what it is.
type Cloud struct {
	Name string // as in the configuration: worldwide, china, ...

	EWS       string   // URL of Exchange Web Services
	Discovery string   // DiscoveryEndpoint, the URL of SOAP autodiscover
	Hosts     []string // that redirects and discovered URLs may name, as in Connector.AllowedHosts

	ACS   string // host of the Access Control Service
	Login string // host of Entra ID
	Graph string // host of Microsoft Graph

	// The scopes in which Entra ID gives tokens for all hosts of Exchange Online,
	// and for Microsoft Graph; empty: the origin of the URL that is asked, and
	// "/.default" behind it.
	ExchangeScope string
	GraphScope    string

	// RoutingDomains are those of target addresses, as in
	// Connector.TargetAddressDomains.
	RoutingDomains []string

	ACSEnded time.Time // since when Exchange Online there takes no token of ACS; zero: not known that it does not
	EWSEnds  time.Time // from when on nobody is served through EWS; zero: not announced for this cloud by name
}

// clouds is the table of Microsoft's own Get-CloudServiceEndpoint.ps1
// (microsoft/CSS-Exchange), completed from the set-up documents where noted. The
// scope for Exchange is the ExchangeOnlineEndpoint of that script; autodiscover
// has hosts of its own and takes the same tokens.
var clouds = []Cloud{
	{
		Name:      "worldwide",
		EWS:       "https://outlook.office365.com/EWS/Exchange.asmx",
		Discovery: "https://autodiscover-s.outlook.com/autodiscover/autodiscover.svc",
		// The two suffixes are Thunderbird's safe list; an operator may narrow them.
		Hosts:          []string{"outlook.office365.com", "outlook.office.com", "autodiscover-s.outlook.com", ".outlook.com", ".office365.com"},
		ACS:            "accounts.accesscontrol.windows.net",
		Login:          "login.microsoftonline.com",
		Graph:          "graph.microsoft.com",
		ExchangeScope:  "https://outlook.office365.com/.default",
		RoutingDomains: []string{"*.mail.onmicrosoft.com"},
		ACSEnded:       day(2025, time.October, 31), // deploy-dedicated-hybrid-app
		EWSEnds:        day(2027, time.April, 1),    // deprecation-of-ews-exchange-online
	},
	// 21Vianet. DiscoveryEndpoint, ACS host and routing domain are those of its
	// own OAuth set-up documents; the script names autodiscover-s.partner.outlook.cn,
	// which the suffix covers.
	{
		Name:           "china",
		EWS:            "https://partner.outlook.cn/EWS/Exchange.asmx",
		Discovery:      "https://partner.outlook.cn/autodiscover/autodiscover.svc",
		Hosts:          []string{"partner.outlook.cn", ".partner.outlook.cn"},
		ACS:            "accounts.accesscontrol.chinacloudapi.cn",
		Login:          "login.partner.microsoftonline.cn",
		Graph:          "microsoftgraph.chinacloudapi.cn",
		ExchangeScope:  "https://partner.outlook.cn/.default",
		RoutingDomains: []string{"*.partner.mail.onmschina.cn"},
	},
	// The two clouds of the US government have their ACS metadata at the login
	// host. Their tenants have routing domains of either kind
	// (microsoft-365-u-s-government-gcc-high-endpoints, -dod-endpoints).
	{
		Name:           "gcchigh",
		EWS:            "https://outlook.office365.us/EWS/Exchange.asmx",
		Discovery:      "https://autodiscover-s.office365.us/autodiscover/autodiscover.svc",
		Hosts:          []string{"outlook.office365.us", "autodiscover-s.office365.us"},
		ACS:            "login.microsoftonline.us",
		Login:          "login.microsoftonline.us",
		Graph:          "graph.microsoft.us",
		ExchangeScope:  "https://outlook.office365.us/.default",
		RoutingDomains: []string{"*.mail.onmicrosoft.us", "*.mail.onmicrosoft.com"},
	},
	{
		Name:           "dod",
		EWS:            "https://outlook-dod.office365.us/EWS/Exchange.asmx",
		Discovery:      "https://autodiscover-s-dod.office365.us/autodiscover/autodiscover.svc",
		Hosts:          []string{"outlook-dod.office365.us", "autodiscover-s-dod.office365.us"},
		ACS:            "login.microsoftonline.us",
		Login:          "login.microsoftonline.us",
		Graph:          "dod-graph.microsoft.us",
		ExchangeScope:  "https://outlook-dod.office365.us/.default",
		RoutingDomains: []string{"*.mail.onmicrosoft.us", "*.mail.onmicrosoft.com"},
	},
	{
		Name:          "bleu",
		EWS:           "https://outlook.sovcloud.fr/EWS/Exchange.asmx",
		Discovery:     "https://autodiscover-s.outlook.sovcloud.fr/autodiscover/autodiscover.svc",
		Hosts:         []string{"outlook.sovcloud.fr", "autodiscover-s.outlook.sovcloud.fr"},
		Login:         "login.sovcloud-identity.fr",
		Graph:         "graph.svc.sovcloud.fr",
		ExchangeScope: "https://outlook.sovcloud.fr/.default",
	},
	{
		Name:          "delos",
		EWS:           "https://outlook.sovcloud.de/EWS/Exchange.asmx",
		Discovery:     "https://autodiscover-s.outlook.sovcloud.de/autodiscover/autodiscover.svc",
		Hosts:         []string{"outlook.sovcloud.de", "autodiscover-s.outlook.sovcloud.de"},
		Login:         "login.sovcloud-identity.de",
		Graph:         "graph.svc.sovcloud.de",
		ExchangeScope: "https://outlook.sovcloud.de/.default",
	},
	{Name: "none"},
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Clouds returns the table of clouds by name. It is the caller's own copy, to
// be changed with [Cloud.Override]; "none" is the cloud of a forest on premises.
func Clouds() map[string]Cloud {
	table := make(map[string]Cloud, len(clouds))
	for _, c := range clouds {
		table[c.Name] = c
	}
	return table
}

// CloudNames are the names of the table, the largest cloud first and "none" last.
func CloudNames() []string {
	var names []string
	for _, c := range clouds {
		names = append(names, c.Name)
	}
	return names
}

// Override returns c with the fields that are set in by in place of its own.
func (c Cloud) Override(by Cloud) Cloud {
	return Cloud{
		Name:           cmp.Or(by.Name, c.Name),
		EWS:            cmp.Or(by.EWS, c.EWS),
		Discovery:      cmp.Or(by.Discovery, c.Discovery),
		Hosts:          firstSet(by.Hosts, c.Hosts),
		ACS:            cmp.Or(by.ACS, c.ACS),
		Login:          cmp.Or(by.Login, c.Login),
		Graph:          cmp.Or(by.Graph, c.Graph),
		ExchangeScope:  cmp.Or(by.ExchangeScope, c.ExchangeScope),
		GraphScope:     cmp.Or(by.GraphScope, c.GraphScope),
		RoutingDomains: firstSet(by.RoutingDomains, c.RoutingDomains),
		ACSEnded:       cmp.Or(by.ACSEnded, c.ACSEnded),
		EWSEnds:        cmp.Or(by.EWSEnds, c.EWSEnds),
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
