// Package oauthtest tells how a request with a token went, in the words and in the
// shape of Test-OAuthConnectivity (learn.microsoft.com test-oauthconnectivity), so
// that whoever knows that cmdlet can read it: who was asked, what it wanted, which
// token it was shown and what it said. It shows no signature and of addresses only
// the domain. What to ask and how is decided in cmd/internal/server.
package oauthtest
