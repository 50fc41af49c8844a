package config

import (
	"slices"

	"availproxy/discovery"
)

// A word is a string that may only be one of a few. The zero value "" counts
// as a word only where it is listed.
type word interface{ words() []string }

// TLSProfile says how old a TLS client may be.
type TLSProfile string

// The profiles: TLS 1.2 and later, TLS 1.0 and later, and the latter with 3DES.
const (
	Modern      TLSProfile = "modern"
	Legacy      TLSProfile = "legacy"
	Windows2003 TLSProfile = "windows2003"
)

func (TLSProfile) words() []string { return []string{"modern", "legacy", "windows2003"} }

// ChannelBinding says whether a Kerberos ticket must be tied to the TLS
// connection that carries it.
type ChannelBinding string

// What is asked of a ticket: nothing, that it be bound to no other connection,
// and that it be bound to this one.
const (
	NoBinding          ChannelBinding = "none"
	BindingWhenPresent ChannelBinding = "when-present"
	BindingRequired    ChannelBinding = "required"
)

func (ChannelBinding) words() []string { return []string{"none", "when-present", "required"} }

// NTLMBackend checks NTLM responses.
type NTLMBackend string

// Who checks them: nobody, a domain controller through Samba, a file of ours, or
// Windows.
const (
	NoNTLM       NTLMBackend = "none"
	NTLMWinbind  NTLMBackend = "winbind"
	NTLMAccounts NTLMBackend = "accounts"
	NTLMSSPI     NTLMBackend = "sspi"
)

func (NTLMBackend) words() []string { return []string{"none", "winbind", "accounts", "sspi"} }

// AuthServerType is a type of New-AuthServer.
type AuthServerType string

// The types of authorisation server.
const (
	MicrosoftACS AuthServerType = "MicrosoftACS"
	AzureAD      AuthServerType = "AzureAD"
)

func (AuthServerType) words() []string { return []string{"MicrosoftACS", "AzureAD"} }

// CloudName is one of Microsoft's clouds, or "none" for a forest of one's own.
type CloudName string

// NoCloud has no hosts: only what is configured is reached.
const NoCloud CloudName = "none"

func (CloudName) words() []string { return discovery.CloudNames() }

// Authentication is how a connector's target is logged on to.
type Authentication string

// OAuth authenticates with tokens.
const OAuth Authentication = "oauth"

func (Authentication) words() []string { return []string{"oauth", "basic", "ntlm", "negotiate"} }

// Backend is the interface of the other side that is asked.
type Backend string

// The back ends.
const (
	EWSBackend   Backend = "ews"
	GraphBackend Backend = "graph"
	AutoBackend  Backend = "auto" // EWS as long as there is EWS, then Graph
)

func (Backend) words() []string { return []string{"ews", "graph", "auto"} }

// Shadow is asked beside the back end, compared, and never served.
type Shadow string

// The shadows.
const (
	NoShadow    Shadow = "none"
	ShadowGraph Shadow = "graph"
	ShadowEWS   Shadow = "ews"
)

func (Shadow) words() []string { return []string{"none", "graph", "ews"} }

// AccessLevel is the most that a connector passes on, in the words of an
// organisation relationship's FreeBusyAccessLevel.
type AccessLevel string

// The access levels, least first.
const (
	NoAccess         AccessLevel = "None"
	AvailabilityOnly AccessLevel = "AvailabilityOnly"
	LimitedDetails   AccessLevel = "LimitedDetails"
)

func (AccessLevel) words() []string { return []string{"None", "AvailabilityOnly", "LimitedDetails"} }

// below reports whether l passes less on than other.
func (l AccessLevel) below(other AccessLevel) bool {
	return slices.Index(l.words(), string(l)) < slices.Index(l.words(), string(other))
}

// MailTipsAccess is the most that a connector passes on in MailTips.
type MailTipsAccess string

// The levels of MailTips (New-OrganizationRelationship, MailTipsAccessLevel).
const (
	NoMailTips      MailTipsAccess = "None"
	LimitedMailTips MailTipsAccess = "Limited"
	AllMailTips     MailTipsAccess = "All"
)

func (MailTipsAccess) words() []string { return []string{"None", "Limited", "All"} }

// Acceptance is "accepted" once an operator has accepted a consequence.
type Acceptance string

// Accepted is the one word of acceptance.
const Accepted Acceptance = "accepted"

func (Acceptance) words() []string { return []string{"", "accepted"} }
