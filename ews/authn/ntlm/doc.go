// Package ntlm is our end of NT LAN Manager authentication ([MS-NLMP]), which
// Exchange servers fall back to where Kerberos fails. The messages come in three
// wrappings: under the HTTP scheme NTLM, under Negotiate as they are, and under
// Negotiate inside of SPNEGO.
//
// An [Acceptor] reads them and refuses what no back end may accept: NTLM of
// version 1, anonymous logons, a message integrity code that was promised and is
// missing, and a logon that was made for another TLS connection. What is left is
// up to a [Backend]:
//
//	Winbind    the domain controller, through Samba on this machine: the one for
//	           Exchange, since computer accounts change their passwords
//	Accounts   a file with the hashes of a few accounts, for tools and tests
//
// A logon lasts as long as its connection ([MS-NTHT] 1.3), so it takes HTTP/1.1
// and nothing in between that shares connections among clients.
package ntlm
