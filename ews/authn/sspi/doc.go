// Package sspi has Windows itself check logons, where the proxy runs on a member
// of the domain: through the server contexts of the Security Support Provider
// Interface (learn.microsoft.com "sspi-model"). No keytab is needed then, and no
// Samba: the keys are those of the account that the process runs as, and Windows
// asks a domain controller about NTLM.
//
// A [Provider] is that interface as far as a server needs it. An [Authority]
// stands between it and callers: it bounds how much of Windows they may take at a
// time, and sees that every security context is given back, whatever becomes of
// its caller. On top are the two mechanisms: [Negotiate], of which Windows speaks
// the whole, and [NTLM], a back end of package ntlm.
//
// The Provider of Windows has never been run on Windows by us: we had none. It was
// compiled, vetted, and tried under Wine, which has the calls of NTLM up to the
// proof, and no access token after it. All else is tested on every system, with a
// Provider that the tests play.
package sspi
