// Package check says what was found wrong, and what mends it, before a user has
// to. Each thing that was looked at is a [Finding] with what was seen, what should
// be, what to do and the id of its cause; a [Report] ranks them, so that the first
// one is the root cause, and is rendered as text, JSON or one HTML page.
//
// What is looked at is the business of package server, which has the parts of a
// question, and of package conflicts, which has what Exchange says of itself.
//
// # What FreeBusyChecker looks at
//
// FreeBusyChecker.ps1 (microsoft/CSS-Exchange) compares settings on an Exchange
// server. From outside, by doing what a question does:
//
//	IntraOrganizationConnector: domains      routing.connector, exports.target_domains
//	... DiscoveryEndpoint                    network.reach, discovery.endpoint
//	AuthServer: endpoint, metadata, issuer   network.reach, token.issue
//	AuthConfig: certificate, validity        certificate.usable
//	... ServiceName, Realm                   token.issue
//	Autodiscover and EWS virtual directory:
//	OAuth, ExternalUrl (of the other side)   token.issue, discovery.endpoint
//	Test-OAuthConnectivity                   token.issue, lookup.answer, and the command test-oauth
//
// By what was exported with --exports, of either side:
//
//	IntraOrganizationConnector, both sides   exports.intra_organization_connector, exports.online_connector
//	OrganizationRelationship, both sides     exports.organization_relationship, exports.online_relationship
//	AuthServer                               exports.auth_server
//	PartnerApplication                       exports.partner_application
//	AuthConfig                               exports.auth_certificate, exports.service_name
//	certificate on every server              exports.exchange_certificate
//	EWS virtual directory                    exports.virtual_directory
//	AvailabilityAddressSpace                 exports.address_space
//
// Not at all: the linked account of the partner application and its roles, for they
// serve the way from the cloud to Exchange, and we never see it; sharing policies,
// which are between people and no part of scheduling; the federation trust, its
// certificates and Test-FederationTrust, for no question of ours takes that way;
// the services and the status that a certificate has on a server, which no cmdlet
// tells from outside.
//
// Nor is the artificial anchor mailbox tried by which old servers find a forest in
// DNS (KB 3010570): we never send it.
package check
