// Package negotiate is our end of SPNEGO, the mechanism that finds a common
// mechanism (RFC 4178, [MS-SPNG]). HTTP carries it under the name of Negotiate
// (RFC 4559).
//
// Callers send one of three things there, and all are understood: SPNEGO, in
// which a list of mechanisms and mostly the first token of the favourite one are
// wrapped; a Kerberos token as it is, from python-requests and others; and an
// NTLM token as it is, from Windows when it has nothing else to offer.
//
// The check of the list (mechListMIC) is neither made nor asked for. It would
// show that nobody in between has taken a mechanism off the list; all mechanisms
// behind an [Acceptor] are ones that the admin has switched on.
package negotiate
