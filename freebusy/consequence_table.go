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
		remedy:  "Correct tenant of the auth server: a domain of the tenant or its id, in the cloud that the auth server names.",
		refused: true,
		reasons: []Reason{"AADSTS90002", "AADSTS900023", "AADSTS90019", "AADSTS50059", "AADSTS50128"},
	},
	rows{
		remedy:  "Correct cloud of the auth server: the tenant lives in another one, where the application must be registered, too.",
		refused: true,
		reasons: []Reason{"AADSTS90038", "AADSTS90051", "AADSTS900382", "AADSTS900432", "AADSTS900439"},
	},
	rows{
		remedy:  "Correct application_identifier of the auth server, or register the application in that tenant; see also tenant and cloud.",
		refused: true,
		reasons: []Reason{"AADSTS700016", "AADSTS700011", "AADSTS700021", "AADSTS7000229", "unauthorized_client"},
	},
	rows{
		remedy:  "Enable the application in the tenant: Enterprise applications, enabled for users to sign in.",
		refused: true,
		reasons: []Reason{"AADSTS7000112", "AADSTS70001", "AADSTS1000031"},
	},
	rows{
		remedy: "Upload the certificate that signs for the auth server to the application, or, if it has expired there, a new one; " +
			"`availproxy certificate show` tells its thumbprint, `availproxy certificate export` writes what is uploaded.",
		refused: true,
		reasons: []Reason{"AADSTS700027", "AADSTS700030", "AADSTS7000222", "AADSTS7000215", "AADSTS50012", "AADSTS50013", "AADSTS50003", "invalid_client"},
	},
	rows{
		remedy:  "Set the clock of this machine: an assertion is good for a few minutes only.",
		refused: true,
		reasons: []Reason{"AADSTS700024", "AADSTS500133"},
	},
	rows{
		remedy:  "Let the application be a confidential client: in its registration, Authentication, allow public client flows: no.",
		refused: true,
		reasons: []Reason{"AADSTS700025"},
	},
	rows{
		remedy:  "The tenant does not know the resource: see that it has Exchange Online, and the scope of its cloud (clouds: exchange_scope, graph_scope).",
		refused: true,
		reasons: []Reason{"AADSTS500011", "AADSTS50001", "AADSTS650052", "AADSTS650054", "AADSTS70011", "AADSTS700022", "AADSTS700023", "AADSTS28002", "invalid_resource", "invalid_scope"},
	},
	rows{
		remedy: "Give the application its permission and have an administrator consent to it: full_access_as_app of Office 365 Exchange Online " +
			"for EWS, Calendars.ReadBasic.All of Microsoft Graph for Graph.",
		refused: true,
		reasons: []Reason{"AADSTS65001", "AADSTS65005", "AADSTS650056", "AADSTS650057", "AADSTS90094", "AADSTS90099", "AADSTS50105", "AADSTS501051"},
	},
	rows{
		remedy:  "A Conditional Access policy of the tenant for workload identities blocks the application: leave it out there, or add the address of this machine to the named locations.",
		refused: true,
		reasons: []Reason{"AADSTS53003", "AADSTS530032", "AADSTS530035", "AADSTS50131", "interaction_required"},
	},
	rows{
		remedy:  "A web proxy on the way restricts the tenants that can be reached; add the tenant there, or go another way.",
		refused: true,
		reasons: []Reason{"AADSTS50002", "AADSTS500021", "AADSTS500022"},
	},
	rows{
		remedy: "Entra ID is in trouble of its own and is asked again; until then tokens that are held go on being used.",
		reasons: []Reason{"AADSTS50033", "AADSTS90006", "AADSTS90012", "AADSTS90024", "AADSTS90033", "AADSTS90090", "AADSTS90091",
			"auth server 500", "auth server 502", "auth server 503", "auth server 504", "auth server 408", "temporarily_unavailable"},
	},
	rows{
		code: ErrorServerBusy, backOff: leaveAlone,
		remedy:  "Entra ID throttles the application; see who else uses it, and how often this program is started.",
		reasons: []Reason{"AADSTS50196", "AADSTS90055", "auth server 429"},
	},
	rows{
		remedy:  "The auth server refuses us; look at its words in the cause, and give Microsoft its correlation id if they do not tell.",
		refused: true,
		reasons: []Reason{"invalid_request", "invalid_grant", "access_denied", "unsupported_grant_type", "auth_server_refused"},
	},
	rows{
		remedy:  "See that this machine reaches the auth server: DNS, firewall, internet_web_proxy, trusted_roots for its certificate; and its auth_metadata_url, or its cloud.",
		reasons: []Reason{"auth_server_unavailable"},
	},
	rows{
		remedy:  "Name the host in allowed_hosts of the connector if it can be trusted with tokens.",
		refused: true,
		reasons: []Reason{"host_refused"},
	},
	rows{
		remedy:  "The host does not trust the auth server of the connector; see auth_server, realm and issuer_identifier.",
		refused: true,
		reasons: []Reason{"challenge_refused"},
	},
	rows{
		remedy:  "Renew the certificate that signs, or mend its file: `availproxy certificate show`.",
		refused: true,
		reasons: []Reason{"certificate_unusable"},
	},
	rows{
		remedy:  "See act_as of the connector, and whether the other side lets our application act for others.",
		refused: true,
		reasons: []Reason{"user_unusable"},
	},
	rows{
		remedy:  "The other side does not believe our token, a fresh one either: see what it says in the cause, the scope of its cloud, and auth_server.",
		refused: true,
		reasons: []Reason{"EWS 401", "Graph 401"},
	},
	rows{
		remedy: "The other side does not let our application in. In Exchange Online EwsEnabled must be true and EwsAllowedAppIDs must name it while EWS lasts, " +
			"and it needs full_access_as_app; the shared principal behind ACS is not served any more. A firewall on the way answers 403 as well.",
		refused: true,
		reasons: []Reason{"EWS 403"},
	},
	rows{
		remedy:  "Set act_as of the connector to an SMTP address: the other side wants to know for whom our application asks.",
		refused: true,
		reasons: []Reason{"ErrorInvalidExchangeImpersonationHeaderData"},
	},
	rows{
		remedy:  "Let the application impersonate the mailbox that act_as of the connector means: full_access_as_app, or the role ApplicationImpersonation.",
		refused: true,
		reasons: []Reason{"ErrorImpersonateUserDenied", "ErrorImpersonationDenied", "ErrorImpersonationFailed"},
	},
	rows{
		remedy: "Give the application Calendars.ReadBasic.All of Microsoft Graph with the consent of an administrator; " +
			"where RBAC for Applications narrows it, see that the anchor mailboxes are in its scope. A firewall on the way answers 403 as well.",
		refused: true,
		reasons: []Reason{"Graph 403"},
	},
	rows{
		code:    ErrorServerBusy,
		remedy:  ErrorServerBusy.Remedy(),
		reasons: []Reason{"EWS 429"},
	},
	rows{
		code:    ErrorServerBusy,
		remedy:  "Graph throttles us: name more anchor_mailboxes under graph of the connector, and see who else uses the application.",
		reasons: []Reason{"Graph 429"},
	},
)

// rows are those of the table that differ in their reason alone.
type rows struct {
	reasons []Reason
	code    Code // "" is ErrorProxyRequestProcessingFailed
	refused bool
	backOff time.Duration
	remedy  string
}

func table(groups ...rows) map[Reason]Consequence {
	all := map[Reason]Consequence{}
	for _, g := range groups {
		c := Consequence{Code: cmp.Or(g.code, ErrorProxyRequestProcessingFailed), Refused: g.refused, BackOff: g.backOff, Remedy: g.remedy}
		for _, reason := range g.reasons {
			all[reason] = c
		}
	}
	return all
}

// Consequences is a copy of the whole table.
func Consequences() map[Reason]Consequence { return maps.Clone(consequences) }
