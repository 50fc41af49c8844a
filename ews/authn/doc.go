// Package authn answers two questions about whoever sends us a request: who is
// it, and may it ask?
//
// The first is put to one [Authenticator] for each mechanism, in a fixed order:
// client certificate, Negotiate, NTLM, Basic, Bearer, and last the networks that
// are served without a challenge. The second is put to the allow list, on every
// request, also on a connection that has been authenticated before, so that a
// principal who is removed is out at once.
//
// The [Gate] asks both and answers as IIS does: 401 with every challenge we
// offer, 403 for those who are known but not allowed. This version knows Basic
// and the networks; further mechanisms are further Authenticators.
package authn
