package s2s

import "time"

// Draft is a token that is not signed yet. Its methods return changed copies, so
// that one good draft yields many bad ones.
type Draft struct{ header, claims []member }

type member struct {
	name  string
	value any
}

// Lives is how long a draft is valid.
type Lives struct{ From, Until time.Time }

// User names who an outer token speaks for; empty members are left out.
type User struct{ NameID, NII, UPN, SMTP, SIP string }

// Assertion drafts what a client shows to ACS.
func Assertion(client, audience Principal, l Lives) Draft { return Draft{} }

// Actor drafts a self-issued actor token.
func Actor(issuer, nameID, audience Principal, l Lives) Draft { return Draft{} }

// Outer drafts the unsigned token that names a user.
func Outer(issuer, audience Principal, actorToken string, u User, l Lives) Draft { return Draft{} }

// Header returns d with that header member set; a nil value removes it.
func (d Draft) Header(name string, value any) Draft { return d }

// Claim returns d with that claim set; a nil value removes it.
func (d Draft) Claim(name string, value any) Draft { return d }

// Sign returns the compact token, RS256, with the x5t of k unless the draft has
// its own.
func (d Draft) Sign(k KeyPair) string { return "" }

// Unsigned returns the compact token with an empty third segment.
func (d Draft) Unsigned() string { return "" }
