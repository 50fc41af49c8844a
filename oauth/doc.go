// Package oauth answers one question: which token lets us ask that host?
//
// It speaks the server-to-server OAuth of Exchange ([MS-XOAUTH]), in which
// applications are principals of a realm, an auth certificate proves who signs,
// and a host says in a bearer challenge whom it trusts. From the inside out:
//
//	Certificate     the auth certificate, behind a crypto.Signer
//	SelfIssuer      actor tokens that we sign ourselves
//	ACS             actor tokens that an auth server gives for our assertion
//	ActorToken      with ForUser, the unsigned outer token that names a user
//	Transport       an [http.RoundTripper]: challenge, token, request, one retry
//	Entra           access tokens that Entra ID gives an application of our own
//	EntraTransport  an [http.RoundTripper] with those; no challenge is needed
//	Metadata        what an auth server, and what we, publish about ourselves
//	Verifier        the same rules from the side that is asked
//
// A token is minted for exactly the host that is asked, never for one that a
// stranger names, and only for an issuer that is configured. Tokens live in
// memory and nowhere else; the types that hold one print "(secret)".
//
// The package knows nothing of calendars, SOAP or configuration files. It does
// not follow redirects, does not log in users and does not check permissions.
package oauth
