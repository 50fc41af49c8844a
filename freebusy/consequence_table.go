package freebusy

import (
	"cmp"
	"maps"
	"time"
)

// leaveAlone is for those who want to be left alone and do not say for how long.
const leaveAlone = time.Minute

// consequences are all that is known about reasons. The numbers of Entra ID are
// those of learn.microsoft.com reference-error-codes; the ones that it does not
// list are seen in public reports of such failures. The words of EWS are codes of
// faults (learn.microsoft.com responsecode). Numbers that only wrap
// another one (70002) are left out.
var consequences = table(
	rows{
		cause:   "tenant.wrong",
		remedy:  "Correct tenant of the auth server: a domain of the tenant or its id, in the cloud that the auth server names.",
		refused: true,
		reasons: []Reason{"AADSTS90002", "AADSTS900023", "AADSTS90019", "AADSTS50059", "AADSTS50128"},
	},
	rows{
		cause:   "cloud.wrong",
		remedy:  "Correct cloud of the auth server: the tenant lives in another one, where the application must be registered, too.",
		refused: true,
		reasons: []Reason{"AADSTS90038", "AADSTS90051", "AADSTS900382", "AADSTS900432", "AADSTS900439"},
	},
	rows{
		cause:   "application.unknown",
		remedy:  "Correct application_identifier of the auth server, or register the application in that tenant; see also tenant and cloud.",
		refused: true,
		reasons: []Reason{"AADSTS700016", "AADSTS700011", "AADSTS700021", "AADSTS7000229", "unauthorized_client"},
	},
	rows{
		cause:   "application.disabled",
		remedy:  "Enable the application in the tenant: Enterprise applications, enabled for users to sign in.",
		refused: true,
		reasons: []Reason{"AADSTS7000112", "AADSTS70001", "AADSTS1000031"},
	},
	rows{
		cause: "certificate.not-registered",
		remedy: "Upload the certificate that signs for the auth server to the application, or, if it has expired there, a new one; " +
			"`availproxy certificate show` tells its thumbprint, `availproxy certificate export` writes what is uploaded.",
		refused: true,
		reasons: []Reason{"AADSTS700027", "AADSTS700030", "AADSTS7000222", "AADSTS7000215", "AADSTS50012", "AADSTS50013", "AADSTS50003", "invalid_client"},
	},
	rows{
		cause:   "clock.skew",
		remedy:  "Set the clock of this machine: an assertion is good for a few minutes only.",
		refused: true,
		reasons: []Reason{"AADSTS700024", "AADSTS500133"},
	},
	rows{
		cause:   "application.public-client",
		remedy:  "Let the application be a confidential client: in its registration, Authentication, allow public client flows: no.",
		refused: true,
		reasons: []Reason{"AADSTS700025"},
	},
	rows{
		cause:   "resource.unknown",
		remedy:  "The tenant does not know the resource: see that it has Exchange Online, and the scope of its cloud (clouds: exchange_scope, graph_scope).",
		refused: true,
		reasons: []Reason{"AADSTS500011", "AADSTS50001", "AADSTS650052", "AADSTS650054", "AADSTS70011", "AADSTS700022", "AADSTS700023", "AADSTS28002", "invalid_resource", "invalid_scope"},
	},
	rows{
		cause: "application.no-consent",
		remedy: "Give the application its permission and have an administrator consent to it: full_access_as_app of Office 365 Exchange Online " +
			"for EWS, Calendars.ReadBasic.All of Microsoft Graph for Graph.",
		refused: true,
		reasons: []Reason{"AADSTS65001", "AADSTS65005", "AADSTS650056", "AADSTS650057", "AADSTS90094", "AADSTS90099", "AADSTS50105", "AADSTS501051"},
	},
	rows{
		cause:   "entra.conditional-access",
		remedy:  "A Conditional Access policy of the tenant for workload identities blocks the application: leave it out there, or add the address of this machine to the named locations.",
		refused: true,
		reasons: []Reason{"AADSTS53003", "AADSTS530032", "AADSTS530035", "AADSTS50131", "interaction_required"},
	},
	rows{
		cause:   "tenant.restricted",
		remedy:  "A web proxy on the way restricts the tenants that can be reached; add the tenant there, or go another way.",
		refused: true,
		reasons: []Reason{"AADSTS50002", "AADSTS500021", "AADSTS500022"},
	},
	rows{
		cause:  "authserver.trouble",
		remedy: "Entra ID is in trouble of its own and is asked again; until then tokens that are held go on being used.",
		reasons: []Reason{"AADSTS50033", "AADSTS90006", "AADSTS90012", "AADSTS90024", "AADSTS90033", "AADSTS90090", "AADSTS90091",
			"auth server 500", "auth server 502", "auth server 503", "auth server 504", "auth server 408", "temporarily_unavailable"},
	},
	rows{
		cause: "authserver.throttled",
		code:  ErrorServerBusy, backOff: leaveAlone,
		remedy:  "Entra ID throttles the application; see who else uses it, and how often this program is started.",
		reasons: []Reason{"AADSTS50196", "AADSTS90055", "auth server 429"},
	},
	rows{
		cause:   "authserver.refused",
		remedy:  "The auth server refuses us; look at its words in the cause, and give Microsoft its correlation id if they do not tell.",
		refused: true,
		reasons: []Reason{"invalid_request", "invalid_grant", "access_denied", "unsupported_grant_type", "auth_server_refused"},
	},
	rows{
		cause:   "authserver.unreachable",
		remedy:  "See that this machine reaches the auth server: DNS, firewall, internet_web_proxy, trusted_roots for its certificate; and its auth_metadata_url, or its cloud.",
		reasons: []Reason{"auth_server_unavailable"},
	},
	rows{
		cause:   "host.not-allowed",
		remedy:  "Name the host in allowed_hosts of the connector if it can be trusted with tokens.",
		refused: true,
		reasons: []Reason{"host_refused"},
	},
	rows{
		cause:   "challenge.issuer-not-trusted",
		remedy:  "The host does not trust the auth server of the connector; see auth_server, realm and issuer_identifier.",
		refused: true,
		reasons: []Reason{"challenge_refused"},
	},
	rows{
		cause:   "token.not-offered",
		remedy:  "Switch on OAuth on the EWS and autodiscover virtual directories of the other side, and see that nothing stands before them that asks for logons.",
		refused: true,
		reasons: []Reason{"no_bearer"},
	},
	rows{
		cause:   "servicename.wrong",
		remedy:  "The host calls itself by another service name than auth_config.service_name: leave that key out, so that it is the one of Exchange.",
		refused: true,
		reasons: []Reason{"client id"},
	},
	rows{
		cause:   "certificate.unusable",
		remedy:  "Renew the certificate that signs, or mend its file: `availproxy certificate show`.",
		refused: true,
		reasons: []Reason{"certificate_unusable"},
	},
	rows{
		cause:   "user.not-named",
		remedy:  "See act_as of the connector, and whether the other side lets our application act for others.",
		refused: true,
		reasons: []Reason{"user_unusable"},
	},
	rows{
		cause:   "token.not-accepted",
		remedy:  "The other side does not believe our token, a fresh one either: see what it says in the cause, the scope of its cloud, and auth_server.",
		refused: true,
		reasons: []Reason{"EWS 401", "Graph 401"},
	},
	rows{
		cause: "ews.forbidden",
		remedy: "The other side does not let our application in. In Exchange Online EwsEnabled must be true and EwsAllowedAppIDs must name it while EWS lasts, " +
			"and it needs full_access_as_app; the shared principal behind ACS is not served any more. A firewall on the way answers 403 as well.",
		refused: true,
		reasons: []Reason{"EWS 403"},
	},
	rows{
		cause:   "impersonation.missing",
		remedy:  "Set act_as of the connector to an SMTP address: the other side wants to know for whom our application asks.",
		refused: true,
		reasons: []Reason{"ErrorInvalidExchangeImpersonationHeaderData"},
	},
	rows{
		cause:   "impersonation.denied",
		remedy:  "Let the application impersonate the mailbox that act_as of the connector means: full_access_as_app, or the role ApplicationImpersonation.",
		refused: true,
		reasons: []Reason{"ErrorImpersonateUserDenied", "ErrorImpersonationDenied", "ErrorImpersonationFailed"},
	},
	rows{
		cause: "graph.forbidden",
		remedy: "Give the application Calendars.ReadBasic.All of Microsoft Graph with the consent of an administrator; " +
			"where RBAC for Applications narrows it, see that the anchor mailboxes are in its scope. A firewall on the way answers 403 as well.",
		refused: true,
		reasons: []Reason{"Graph 403"},
	},
	rows{
		cause:   "ews.throttled",
		code:    ErrorServerBusy,
		remedy:  ErrorServerBusy.Remedy(),
		reasons: []Reason{"EWS 429"},
	},
	rows{
		cause:   "graph.throttled",
		code:    ErrorServerBusy,
		remedy:  "Graph throttles us: name more anchor_mailboxes under graph of the connector, and see who else uses the application.",
		reasons: []Reason{"Graph 429"},
	},
	rows{
		cause: "ews.switched-off",
		remedy: "EWS is over for this tenant or for our application: let backend be graph or auto, or, while EWS lasts, have EwsEnabled true and our " +
			"application in EwsAllowedAppIDs. The shared principal behind ACS is not served any more.",
		refused: true,
		reasons: []Reason{"EWS withdrawn"},
	},
	rows{
		cause:   "firewall.page",
		remedy:  "A web page came in the place of an answer: let whatever stands before the other side, or before us, pass these URLs without a logon.",
		refused: true,
		reasons: []Reason{"page 401", "page 403"},
	},
	rows{
		cause:   "firewall.page",
		remedy:  "A web page came in the place of an answer: let whatever stands before the other side, or before us, pass these URLs without a logon.",
		reasons: []Reason{"page"},
	},
	rows{
		cause:   "answer.not-xml",
		remedy:  "What answers is no Exchange, or something changes its answers on the way: see the URL of the connector, and what stands between.",
		reasons: []Reason{"answer garbage"},
	},
	rows{
		cause:   "answer.too-large",
		remedy:  "The answer is larger than any calendar: ask about fewer mailboxes or days, and see whether it is Exchange that answers.",
		reasons: []Reason{"answer large"},
	},
	rows{
		cause:   "endpoint.redirects",
		remedy:  "The URL sends us elsewhere: set target_sharing_epr to the URL that serves EWS itself, or let discovery_endpoint find it.",
		reasons: []Reason{"EWS 301", "EWS 302", "EWS 303", "EWS 307", "EWS 308", "Graph 301", "Graph 302", "Graph 303", "Graph 307", "Graph 308"},
	},
	rows{
		cause:   "endpoint.not-found",
		remedy:  "Nothing is served at that URL: see target_sharing_epr, or the ExternalUrl of the EWS virtual directory that autodiscover gave away.",
		reasons: []Reason{"EWS 404", "EWS 410", "EWS 421"},
	},
	rows{
		cause:   "endpoint.handler-missing",
		remedy:  "IIS of the other side does not pass such requests on: see the handler mappings of its svc files, and that the URL is that of EWS.",
		reasons: []Reason{"EWS 405"},
	},
	rows{
		cause:   "graph.anchor-unknown",
		remedy:  "Name mailboxes of the tenant as anchor_mailboxes under graph of the connector: those that are asked about do not all exist there.",
		reasons: []Reason{"Graph 404"},
	},
	rows{
		cause:   "endpoint.unavailable",
		remedy:  "The server of the other side is down or out of breath: see its application pools and services there. It is asked again, less often.",
		reasons: []Reason{"EWS 500", "EWS 503", "Graph 500", "Graph 503"},
	},
	rows{
		cause:   "endpoint.gateway",
		remedy:  "What stands before the other side cannot reach it, or not in time: see that load balancer or reverse proxy.",
		reasons: []Reason{"EWS 502", "EWS 504", "Graph 502", "Graph 504"},
	},
	rows{
		cause:   "webproxy.logon",
		remedy:  "The web proxy wants a logon: let this machine pass without one, or name another way in internet_web_proxy.",
		reasons: []Reason{"EWS 407", "Graph 407", "auth server 407", "web proxy 407"},
	},
	rows{
		cause:   "webproxy.refused",
		remedy:  "The web proxy does not let us through: let it pass connections to the hosts of the other side and of the auth server, or name another way in internet_web_proxy.",
		reasons: []Reason{"web proxy 403"},
	},
	rows{
		cause:   "webproxy.unreachable",
		remedy:  "The web proxy cannot be connected to: see internet_web_proxy, and that this machine may use it; no_proxy names hosts that need none.",
		reasons: []Reason{"network proxy"},
	},
	rows{
		cause:   "network.name-unknown",
		remedy:  "The name of the host cannot be resolved: see its spelling, DNS of this machine, and internet_web_proxy if only a web proxy resolves names outside.",
		reasons: []Reason{"network name"},
	},
	rows{
		cause:   "network.certificate-untrusted",
		remedy:  "This machine does not trust the certificate of the host: add its CA as trusted_roots; a firewall that opens TLS has a CA of its own.",
		reasons: []Reason{"network certificate"},
	},
	rows{
		cause:   "network.tls-failed",
		remedy:  "No TLS comes about: the host speaks none on that port or nothing newer than TLS 1.1, or something between breaks it off.",
		reasons: []Reason{"network tls"},
	},
	rows{
		cause:   "network.no-connection",
		remedy:  "The host cannot be connected to: see firewall and route from this machine, the port in the URL, and internet_web_proxy.",
		reasons: []Reason{"network connect"},
	},
	rows{
		cause:   "network.address-not-allowed",
		remedy:  "The name leads to a private address, which connectors do not dial unasked: name it in allowed_networks if it is meant.",
		reasons: []Reason{"network address"},
	},
	rows{
		cause:   "network.broken-off",
		remedy:  "The connection ended in the middle: see what stands between and ends connections, such as a load balancer or an inspecting firewall.",
		reasons: []Reason{"network broken"},
	},
	rows{
		cause:   "token.signature-stale",
		remedy:  "The other side knows older keys of the auth server: there, Set-AuthServer -RefreshAuthMetadata, and wait for 15 minutes.",
		refused: true,
		reasons: []Reason{"diagnostics 2000000"},
	},
	rows{
		cause:   "token.unreadable",
		remedy:  "The other side cannot read our token: see that nothing on the way changes the Authorization header, and auth_server of the connector.",
		refused: true,
		reasons: []Reason{"diagnostics 2000001"},
	},
	rows{
		cause:   "token.profile",
		remedy:  "The other side takes no token that acts for somebody: set act_as of the connector to application.",
		refused: true,
		reasons: []Reason{"diagnostics S2SAppActAs"},
	},
	rows{
		cause:   "token.issuer-unknown",
		remedy:  "The other side does not know who issued our token: see auth_server and issuer_identifier here, Get-AuthServer there.",
		refused: true,
		reasons: []Reason{"diagnostics invalid_issuer"},
	},
	rows{
		cause:   "clock.skew-there",
		remedy:  "Our token is not valid yet, or not any more, by the clock of the other side: set the clocks of both; five minutes are tolerated.",
		refused: true,
		reasons: []Reason{"diagnostics invalid_lifetime"},
	},
	rows{
		cause: "token.audience-wrong",
		remedy: "The token names another host than the one that the other side thinks it is: no TLS offloading with another name in front of it, " +
			"and its host name registered as a service principal name.",
		refused: true,
		reasons: []Reason{"diagnostics 2000003"},
	},
	rows{
		cause:   "token.tenant-unknown",
		remedy:  "The realm in our token is no tenant or accepted domain there: see realm of the auth server, or target_realm; wildcards do not count.",
		refused: true,
		reasons: []Reason{"diagnostics 2000004"},
	},
	rows{
		cause:   "user.unknown",
		remedy:  "Whoever act_as names is unknown on the other side: let that mailbox be synchronised, or set act_as of the connector to one that is.",
		refused: true,
		reasons: []Reason{"diagnostics 2000005"},
	},
	rows{
		cause:   "user.ambiguous",
		remedy:  "Two objects on the other side share an address of whoever act_as names: find the duplicate UPN, SMTP or SIP address there.",
		refused: true,
		reasons: []Reason{"diagnostics ambiguous"},
	},
	rows{
		cause:   "application.no-grant",
		remedy:  "The other side gives our application nothing: it needs a role in Entra ID, or a linked account with the roles of a partner application there.",
		refused: true,
		reasons: []Reason{"diagnostics 2000008"},
	},
	rows{
		cause:   "application.blocked",
		remedy:  "The other side has blocked our application, as Exchange Online has the shared Exchange principal: use an application of your own, with an auth_server of type AzureAD.",
		refused: true,
		reasons: []Reason{"diagnostics blocked"},
	},
	rows{
		cause:   "discovery.user-unknown",
		remedy:  "Autodiscover there does not know the address: give the mailbox that proxy address, or correct the external address of the contact or mail user here.",
		reasons: []Reason{"discovery unknown_user"},
	},
	rows{
		cause:   "discovery.sent-back",
		remedy:  "The other side says that the mailbox lives here: correct the external address of the mail user, or wait for the directory synchronisation after a move.",
		reasons: []Reason{"discovery moved_to_source"},
	},
	rows{
		cause:   "discovery.no-url",
		remedy:  "The other side gives no EWS URL away: set ExternalUrl of its EWS virtual directory, let Outlook Anywhere on for the mailbox, or set target_sharing_epr here.",
		reasons: []Reason{"discovery setting_not_available"},
	},
	rows{
		cause:   "discovery.redirect-refused",
		remedy:  "Autodiscover sends us to a host that we do not trust: name it in allowed_hosts of the connector if it belongs to the other side.",
		reasons: []Reason{"discovery refused"},
	},
	rows{
		cause:   "discovery.busy",
		remedy:  "Autodiscover there throttles us; a target_sharing_epr in the connector does without it.",
		reasons: []Reason{"discovery busy"},
	},
	rows{
		cause:   "discovery.unreachable",
		remedy:  "Autodiscover there does not answer: see discovery_endpoint, DNS and firewall; a target_sharing_epr in the connector does without it.",
		reasons: []Reason{"discovery unreachable"},
	},
	rows{
		cause:   "discovery.bad-answer",
		remedy:  "What answers at discovery_endpoint is no autodiscover service: see the URL, the svc handler of IIS there, and what stands between.",
		reasons: []Reason{"discovery bad_answer"},
	},
	rows{
		cause:   "discovery.not-authorised",
		remedy:  "Autodiscover there does not accept our token: see what it says in the cause; EWS there will say the same.",
		reasons: []Reason{"discovery auth_failed"},
	},
	rows{
		cause:   "discovery.basic-only",
		remedy:  "Autodiscover there wants a password, which we do not send: switch on OAuth on its virtual directory, and see that nothing stands before it that asks for logons.",
		reasons: []Reason{"discovery auth_downgrade_refused"},
	},
	rows{
		code:    ErrorTimeoutExpired,
		cause:   ErrorTimeoutExpired.Cause(),
		remedy:  ErrorTimeoutExpired.Remedy(),
		reasons: []Reason{"discovery deadline"},
	},
)

// rows are those of the table that differ in their reason alone.
type rows struct {
	reasons []Reason
	code    Code // "" is ErrorProxyRequestProcessingFailed
	refused bool
	backOff time.Duration
	cause   Cause
	remedy  string
}

func table(groups ...rows) map[Reason]Consequence {
	all := map[Reason]Consequence{}
	for _, g := range groups {
		c := Consequence{Code: cmp.Or(g.code, ErrorProxyRequestProcessingFailed), Refused: g.refused, BackOff: g.backOff, Cause: g.cause, Remedy: g.remedy}
		for _, reason := range g.reasons {
			all[reason] = c
		}
	}
	return all
}

// Consequences is a copy of the whole table.
func Consequences() map[Reason]Consequence { return maps.Clone(consequences) }
