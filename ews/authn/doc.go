// Package authn answers two questions about whoever sends us a request: who is
// it, and may it ask?
//
// The first is put to one [Authenticator] for each mechanism. The first of them
// that finds a proof decides, and this is their order:
//
//	networks                 who may connect at all, before anything is read
//	client certificate       of the TLS connection
//	Negotiate                Kerberos or NTLM, whichever the token is of
//	NTLM                     under its own name
//	Basic
//	Bearer
//	known connection         one that NTLM has authenticated before
//	anonymous networks       served without a challenge
//
// Authorization carries one scheme, so that among those that read it the order
// decides nothing but the order in which we offer them.
//
// The second question is put to the allow list, on every request, also on a
// connection that has been authenticated before, so that a principal who is
// removed is out at once.
//
// The [Gate] asks both and answers as IIS does: 401 with every challenge we
// offer, or with the next leg alone while a handshake runs; 403 for those who
// are known but not allowed. This package knows Basic and the networks; the
// security mechanisms are its subpackages, each an [Acceptor] behind a [Scheme].
package authn
