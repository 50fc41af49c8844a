package oauth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ActorToken is a signed token that lets an application act. Alone it is what
// an application presents for itself (service_asserted_app_v1); for a user it
// travels inside an outer token, see [ActorToken.ForUser].
type ActorToken struct {
	Token
	NameID     string // the application, id@realm; the issuer of an outer token
	Audience   string // whom it is for, id/host@realm
	Delegation bool   // may carry a user (trustedfordelegation)
}

// readActorToken takes the claims of an actor token that an auth server gave
// us. It does not verify it: only the one that is asked has to believe it.
func readActorToken(compact string) (ActorToken, error) {
	segments := strings.Split(compact, ".")
	if len(segments) != 3 {
		return ActorToken{}, errors.New("oauth: the token is no JWT")
	}
	data, err := base64.RawURLEncoding.DecodeString(segments[1])
	if err != nil {
		return ActorToken{}, errors.New("oauth: the token is no JWT")
	}
	var c claims
	if err := json.Unmarshal(data, &c); err != nil {
		return ActorToken{}, fmt.Errorf("oauth: the claims of the token: %w", err)
	}
	if c.NameID == "" || c.Audience == "" || c.Expires == 0 {
		return ActorToken{}, errors.New("oauth: the token lacks nameid, aud or exp")
	}
	return actorToken(compact, c), nil
}

func actorToken(compact string, c claims) ActorToken {
	return ActorToken{
		Token:      NewToken(compact, c.Expires.time()),
		NameID:     c.NameID,
		Audience:   c.Audience,
		Delegation: c.TrustedForDelegation == "true",
	}
}

const outerLife = time.Hour

// activeDirectory is the name identifier issuer that goes with a UPN, where no
// NetID is known.
const activeDirectory = "urn:office:idp:activedirectory"

// ForUser wraps a into an unsigned token that names the mailbox smtp as the user
// ([MS-XOAUTH] 2.2, app_asserted_user_v1). It lives one hour, or as long as a.
// The other side looks the user up by UPN or SMTP address; both are smtp.
func (a ActorToken) ForUser(smtp string) (Token, error) {
	if !a.Delegation {
		return Token{}, errors.New("oauth: the actor token is not trusted for delegation, so it cannot carry a user")
	}
	if at := strings.LastIndexByte(smtp, '@'); at <= 0 || at == len(smtp)-1 || strings.ContainsFunc(smtp, control) {
		return Token{}, errors.New("oauth: the acting user is not an SMTP address")
	}
	now := time.Now()
	expires := now.Add(outerLife)
	if a.Expires.Before(expires) {
		expires = a.Expires
	}
	payload, err := json.Marshal(claims{
		Issuer:       a.NameID,
		Audience:     a.Audience,
		NotBefore:    epochOf(now.Add(-backdate)),
		Expires:      epochOf(expires),
		NameIDIssuer: activeDirectory,
		UPN:          smtp,
		SMTP:         smtp,
		ActorToken:   a.Reveal(),
	})
	if err != nil {
		return Token{}, fmt.Errorf("oauth: %w", err)
	}
	return NewToken(outerHeader+"."+base64.RawURLEncoding.EncodeToString(payload)+".", expires), nil
}

// outerHeader is {"typ":"JWT","alg":"none"}. It is built by hand, so that the
// key of the JWT library that allows unsigned tokens appears nowhere.
const outerHeader = "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0"

func control(r rune) bool { return r <= ' ' || r == 0x7f }
