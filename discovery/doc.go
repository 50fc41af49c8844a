// Package discovery answers one question: in which forest does this mailbox
// live, and at which URL is it asked for?
//
// A [Directory] knows the IntraOrganizationConnectors. It looks the domain of
// an address up among their TargetAddressDomains, and then either takes the
// connector's fixed URL or asks the SOAP autodiscover service of the other side
// ([MS-OXWSADISC] GetUserSettings) at the connector's DiscoveryEndpoint. What it
// learns is remembered in three layers: the health of the endpoint, one default
// URL for the whole forest, and the few mailboxes that deviate from it.
//
// Two rules decide how it behaves towards a hostile answer. The domain of a
// mailbox is only a key into the configuration: a domain that nobody configured
// never causes a DNS query, let alone a connection. And every redirect, be it
// one of HTTP or one inside an answer, and every URL that is discovered must
// name a host that was allowed beforehand ([Hosts]); what such a host resolves
// to is checked once more when it is dialled ([Dialer]).
//
// The package holds no credentials and cannot send any by itself: the
// connector's HTTP client authorises the requests, for exactly the host that is
// asked. A server that offers nothing but Basic authentication is refused.
//
// It does not guess hosts (SCP, autodiscover.DOMAIN, SRV records), and it does
// not speak the plain XML and JSON dialects of autodiscover.
package discovery
