// Package s2s is the other side of Exchange's server-to-server OAuth: the
// forest that is asked, and the authority that vouches for the one that asks.
//
// It answers three questions as the real servers answer them on the wire. May
// this bearer token pass ([Verifier], [MS-XOAUTH] 3.2.5.6; [AppVerifier] for those
// of Entra)? Is this assertion worth an actor token ([ACS]), or an access token
// ([Entra])? Where does Exchange Web Services live for these users
// ([Autodiscover], [MS-OXWSADISC])? [Draft] mints whatever a test wants to throw at
// them, forgeries included.
//
// It is one half of a simulation, so it shares no code with the product: the two
// read SOAP and tokens each in their own way and can disagree. Its certificates
// and users are test material. It knows nothing of calendars, listeners or TLS.
//
// Faults are plain exported fields. Set them before the handler serves, or
// inside Change while it does.
package s2s
