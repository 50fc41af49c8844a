package oauth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Inspection is a token in readable form. It has no signature, so nobody can
// use it. Nothing in it has been verified.
type Inspection struct {
	Header map[string]any `json:"header"`
	Claims map[string]any `json:"claims"` // without actortoken
	Actor  *Inspection    `json:"actor,omitempty"`
}

const maxInspected = 2 // an outer token and its actor

// Inspect takes a compact token apart, leniently, and the actor token in it.
func Inspect(token string) (*Inspection, error) {
	return inspect(strings.TrimSpace(token), maxInspected)
}

func inspect(token string, depth int) (*Inspection, error) {
	segments := strings.Split(token, ".")
	if len(segments) != 3 || len(token) > maxDocument || depth == 0 {
		return nil, errors.New("oauth: this is no token of three segments")
	}
	i := &Inspection{}
	if err := inspectSegment(segments[0], &i.Header); err != nil {
		return nil, fmt.Errorf("oauth: the header: %w", err)
	}
	if err := inspectSegment(segments[1], &i.Claims); err != nil {
		return nil, fmt.Errorf("oauth: the claims: %w", err)
	}
	for name, value := range i.Claims {
		actor, isText := value.(string)
		if !strings.EqualFold(name, "actortoken") || !isText {
			continue
		}
		delete(i.Claims, name)
		inner, err := inspect(actor, depth-1)
		if err != nil {
			return nil, fmt.Errorf("oauth: the actor token: %w", err)
		}
		i.Actor = inner
	}
	return i, nil
}

func inspectSegment(segment string, into *map[string]any) error {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(segment, "="))
	if err != nil {
		return errors.New("it is not base64url")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(into); err != nil || *into == nil {
		return errors.New("it is no JSON object")
	}
	return nil
}

// Masked returns a copy that shows of every mailbox address only its domain, and
// nothing of other claims that name a person.
func (i *Inspection) Masked() *Inspection {
	if i == nil {
		return nil
	}
	_, ofUser := i.Claims["nii"]
	masked := &Inspection{Header: i.Header, Claims: make(map[string]any, len(i.Claims)), Actor: i.Actor.Masked()}
	for name, value := range i.Claims {
		masked.Claims[name] = maskClaim(name, value, ofUser || i.Actor != nil)
	}
	return masked
}

// maskClaim hides the claims that name a person. In a token without a user,
// nameid, sub and oid are the application's and stay.
func maskClaim(name string, value any, ofUser bool) any {
	text, _ := value.(string)
	switch strings.ToLower(name) {
	case "smtp", "upn", "sip", "unique_name", "email", "preferred_username":
		if _, domain, found := strings.Cut(text, "@"); found {
			return "***@" + domain
		}
		return "***"
	case "appctx", "puid", "sid":
		return "***"
	case "nameid", "sub", "oid":
		if ofUser {
			return "***"
		}
	}
	return value
}

// Lifetime returns nbf and exp, zero where they are missing or no dates.
func (i *Inspection) Lifetime() (notBefore, expires time.Time) {
	return dateClaim(i.Claims["nbf"]), dateClaim(i.Claims["exp"])
}

func dateClaim(value any) time.Time {
	data, err := json.Marshal(value)
	var date epoch
	if err != nil || date.UnmarshalJSON(data) != nil {
		return time.Time{}
	}
	return date.time()
}

// String shows header and claims as Test-OAuthConnectivity does.
func (i *Inspection) String() string {
	header, _ := json.Marshal(i.Header) // both came from JSON
	claims, _ := json.Marshal(i.Claims)
	text := string(header) + "." + string(claims)
	if i.Actor != nil {
		text += "; actor: " + i.Actor.String()
	}
	return text
}
