package s2s

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// Draft is a token that is not signed yet. Its methods return changed copies, so
// that one good draft yields many bad ones.
type Draft struct{ header, claims []member }

type member struct {
	name  string
	value any // nil is filled in by Sign, or left out
}

// Lives is how long a token is valid.
type Lives struct{ From, Until time.Time }

// Living is the usual lifetime: from five minutes ago for as long as given from
// now.
func Living(now time.Time, d time.Duration) Lives {
	return Lives{From: now.Add(-5 * time.Minute), Until: now.Add(d)}
}

// User names whom an outer token speaks for; empty members are left out.
type User struct{ NameID, NII, UPN, SMTP, SIP string }

// Assertion drafts what a client shows to ACS. Its dates are strings, as
// Exchange writes them.
func Assertion(client, acs Principal, l Lives) Draft {
	d := signedDraft().Claim("iss", client.String()).Claim("aud", acs.String())
	return d.Claim("iat", seconds(l.From)).Claim("nbf", seconds(l.From)).Claim("exp", seconds(l.Until))
}

// Actor drafts a self-issued actor token that may carry a user.
func Actor(issuer, nameID, audience Principal, l Lives) Draft {
	d := signedDraft().Claim("aud", audience.String()).Claim("iss", issuer.String())
	d = d.Claim("nbf", seconds(l.From)).Claim("exp", seconds(l.Until)).Claim("nameid", nameID.String())
	return d.Claim("identityprovider", issuer.String()).Claim("trustedfordelegation", "true")
}

// Outer drafts the unsigned token that names a user.
func Outer(issuer, audience Principal, actorToken string, u User, l Lives) Draft {
	d := Draft{}.Header("typ", "JWT").Header("alg", "none")
	d = d.Claim("aud", audience.String()).Claim("iss", issuer.String())
	d = d.Claim("nbf", seconds(l.From)).Claim("exp", seconds(l.Until))
	for _, claim := range []member{{"nii", u.NII}, {"nameid", u.NameID}, {"upn", u.UPN}, {"smtp", u.SMTP}, {"sip", u.SIP}} {
		if claim.value != "" {
			d = d.Claim(claim.name, claim.value)
		}
	}
	return d.Claim("actortoken", actorToken)
}

func signedDraft() Draft {
	return Draft{header: []member{{"typ", "JWT"}, {"alg", "RS256"}, {"x5t", nil}}}
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// Header returns d with that header member set; nil removes it. A
// [json.RawMessage] is written as it is.
func (d Draft) Header(name string, value any) Draft {
	d.header = set(d.header, name, value)
	return d
}

// Claim returns d with that claim set; nil removes it. A [json.RawMessage] is
// written as it is.
func (d Draft) Claim(name string, value any) Draft {
	d.claims = set(d.claims, name, value)
	return d
}

// ExtraHeader returns d with a further header member, even of a name that it
// has.
func (d Draft) ExtraHeader(name string, value any) Draft {
	d.header = append(slices.Clone(d.header), member{name, value})
	return d
}

// ExtraClaim returns d with a further claim, even of a name that it has.
func (d Draft) ExtraClaim(name string, value any) Draft {
	d.claims = append(slices.Clone(d.claims), member{name, value})
	return d
}

func set(members []member, name string, value any) []member {
	members = slices.Clone(members)
	at := slices.IndexFunc(members, func(m member) bool { return m.name == name })
	switch {
	case value == nil && at >= 0:
		return slices.Delete(members, at, at+1)
	case value == nil:
		return members
	case at < 0:
		return append(members, member{name, value})
	}
	members[at].value = value
	return members
}

// Sign returns the compact token, signed RS256 whatever its header says, with
// the x5t of k unless the draft was given another or none.
func (d Draft) Sign(k KeyPair) string {
	d.header = slices.Clone(d.header)
	for i, m := range d.header {
		if m.name == "x5t" && m.value == nil && k.Certificate != nil {
			d.header[i].value = k.X5T()
		}
	}
	return d.Compact(func(input []byte) []byte {
		if k.Key == nil {
			return nil
		}
		digest := sha256.Sum256(input)
		signature, err := rsa.SignPKCS1v15(nil, k.Key, crypto.SHA256, digest[:])
		if err != nil {
			return nil // a key too small to sign makes a token that nobody takes
		}
		return signature
	})
}

// Unsigned returns the compact token with an empty third segment.
func (d Draft) Unsigned() string {
	return d.Compact(func([]byte) []byte { return nil })
}

// Compact returns the compact token with whatever sign makes of its first two
// segments.
func (d Draft) Compact(sign func(input []byte) []byte) string {
	encode := base64.RawURLEncoding.EncodeToString
	input := encode(marshal(d.header)) + "." + encode(marshal(d.claims))
	return input + "." + encode(sign([]byte(input)))
}

// marshal writes the members in their order, repeated ones too.
func marshal(members []member) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, m := range members {
		if m.value == nil {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.Write(marshalValue(m.name))
		b.WriteByte(':')
		b.Write(marshalValue(m.value))
	}
	b.WriteByte('}')
	return b.Bytes()
}

func marshalValue(value any) []byte {
	if raw, ok := value.(json.RawMessage); ok {
		return raw // even where it is no JSON: that is what a forger sends
	}
	data, err := json.Marshal(value)
	if err != nil {
		return []byte("null")
	}
	return data
}
