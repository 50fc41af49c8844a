package oauth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const maxToken = 16 << 10 // bytes; a token that carries a user has about 1.8 KiB

// compact is a token taken apart, strictly and without believing it.
type compact struct {
	text      string
	algorithm string
	x5t       string
	claims    claims
	carries   bool // has a member actortoken, whatever is in it
	signed    bool // has a third segment that is not empty
}

// forbidden are header members that bring keys or rules along. Header names in
// other letters are nobody's: encoding/json does not fold those of a map.
var forbidden = []string{"jku", "jwk", "x5u", "x5c", "crit", "enc", "zip"}

var knownClaims = []string{
	"aud", "iss", "iat", "nbf", "exp", "nameid", "nii", "upn", "smtp", "sip",
	"identityprovider", "trustedfordelegation", "actortoken",
}

// readCompact takes a token apart: three segments of strict base64url without
// padding, two JSON objects that cannot be misread.
func readCompact(text string) (compact, error) {
	if len(text) > maxToken {
		return compact{}, errors.New("the token is too long")
	}
	if strings.ContainsFunc(text, notCompact) {
		return compact{}, errors.New("the token is not base64url without padding")
	}
	segments := strings.SplitN(text, ".", 4)
	if len(segments) != 3 {
		return compact{}, errors.New("the token has not three segments")
	}
	header, err := segmentObject(segments[0])
	if err != nil {
		return compact{}, fmt.Errorf("the header: %w", err)
	}
	payload, err := segmentObject(segments[1])
	if err != nil {
		return compact{}, fmt.Errorf("the claims: %w", err)
	}
	if err := plainNames(payload); err != nil {
		return compact{}, fmt.Errorf("the claims: %w", err)
	}
	_, carries := payload["actortoken"]
	c := compact{text: text, signed: segments[2] != "", carries: carries}
	if err := c.readHeader(header); err != nil {
		return compact{}, fmt.Errorf("the header: %w", err)
	}
	data, _ := base64.RawURLEncoding.DecodeString(segments[1]) // was decoded a moment ago
	if err := json.Unmarshal(data, &c.claims); err != nil {
		return compact{}, errors.New("the claims: a member is of the wrong type") // the cause could quote a token
	}
	return c, nil
}

func (c *compact) readHeader(header map[string]json.RawMessage) error {
	for _, name := range forbidden {
		if _, ok := header[name]; ok {
			return fmt.Errorf("member %q is not accepted", name)
		}
	}
	var kind string
	for name, into := range map[string]*string{"typ": &kind, "alg": &c.algorithm, "x5t": &c.x5t} {
		if raw, ok := header[name]; ok && json.Unmarshal(raw, into) != nil {
			return fmt.Errorf("member %q is no string", name)
		}
	}
	if kind != "JWT" {
		return fmt.Errorf("typ is %q, not JWT", printable(kind))
	}
	return nil
}

// plainNames refuses a claim that is known by the same name in other letters,
// which encoding/json would take for it.
func plainNames(payload map[string]json.RawMessage) error {
	for name := range payload {
		if lower := strings.ToLower(name); lower != name && slices.Contains(knownClaims, lower) {
			return fmt.Errorf("it has the name %q", printable(name))
		}
	}
	return nil
}

// segmentObject decodes one segment.
func segmentObject(segment string) (map[string]json.RawMessage, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	if err != nil {
		return nil, errors.New("it is not base64url without padding")
	}
	return strictObject(data)
}

// notCompact finds what is no part of a token. It must be asked for: the decoder
// of the library skips line breaks.
func notCompact(r rune) bool {
	return !alphanumeric(r) && r != '-' && r != '_' && r != '.'
}
