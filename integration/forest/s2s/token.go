package s2s

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what a token may be; a real one of a user is about 1.8 KB.
const (
	mostBytes   = 16 << 10
	mostMembers = 64
)

// token is a compact JWT that was read and not yet believed.
type token struct {
	header, claims object
	signed         string // what the signature is over
	signature      []byte
}

// object is a JSON object without ambiguous members.
type object map[string]any

var (
	headerNames = []string{"typ", "alg", "x5t", "kid"}
	claimNames  = []string{
		"aud", "iss", "nbf", "exp", "iat", "nameid", "nii", "upn", "smtp", "sip",
		"trustedfordelegation", "identityprovider", "actortoken",
	}
	// hostile members would make the token itself say how it is to be verified
	// (RFC 7515 4.1), or are for encrypted and critical things we do not know.
	hostile = []string{"jku", "jwk", "x5u", "x5c", "x5t#S256", "crit", "enc", "zip"}
)

// readToken reads a token of server-to-server OAuth.
func readToken(compact string) (*token, error) {
	return readCompact(compact, headerNames, claimNames, hostile)
}

// readCompact reads a compact token strictly: three segments of unpadded base64url
// (RFC 7515 7.1), two of them JSON objects, of type JWT. Members of those names
// must be spelled like them; no header may have one of the forbidden names.
func readCompact(compact string, headers, claims, forbidden []string) (*token, error) {
	if len(compact) > mostBytes {
		return nil, errors.New("the token is too long")
	}
	segments := strings.Split(compact, ".")
	if len(segments) != 3 {
		return nil, fmt.Errorf("the token has %d segments", len(segments))
	}
	header, err := readObject(segments[0], slices.Concat(headers, forbidden))
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	payload, err := readObject(segments[1], claims)
	if err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	signature, err := decodeSegment(segments[2])
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	for _, name := range forbidden {
		if _, found := header[name]; found {
			return nil, fmt.Errorf("header: %s is not for us", name)
		}
	}
	if header.text("typ") != "JWT" {
		return nil, errors.New("header: typ is not JWT")
	}
	return &token{header: header, claims: payload, signed: segments[0] + "." + segments[1], signature: signature}, nil
}

// decodeSegment exists because encoding/base64 skips line breaks even when it is
// strict.
func decodeSegment(segment string) ([]byte, error) {
	if strings.ContainsAny(segment, "\r\n") {
		return nil, errors.New("a line break in base64url")
	}
	return base64.RawURLEncoding.Strict().DecodeString(segment)
}

// readObject refuses what two readers could read differently: a member twice, or
// in another case than the known one, which encoding/json folds into structs.
func readObject(segment string, known []string) (object, error) {
	data, err := decodeSegment(segment)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	o := object{}
	for d.More() {
		if err := o.readMember(d, known); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("the JSON object does not end")
	}
	if d.InputOffset() != int64(len(bytes.TrimRight(data, " \t\r\n"))) {
		return nil, errors.New("something follows the JSON object")
	}
	return o, nil
}

func (o object) readMember(d *json.Decoder, known []string) error {
	at, err := d.Token()
	name, ok := at.(string)
	if err != nil || !ok {
		return errors.New("a JSON member without a name")
	}
	alike := func(other string) bool { return strings.EqualFold(other, name) }
	for other := range o {
		if alike(other) {
			return fmt.Errorf("the member %q is there twice", clean(name))
		}
	}
	if slices.ContainsFunc(known, alike) && !slices.Contains(known, name) {
		return fmt.Errorf("the member %q is misspelled", clean(name))
	}
	if len(o) == mostMembers {
		return errors.New("too many members")
	}
	var value any
	if err := d.Decode(&value); err != nil {
		return errors.New("a JSON member without a value")
	}
	o[name] = value
	return nil
}

// text returns a member that is a string, else "".
func (o object) text(name string) string {
	text, _ := o[name].(string)
	return text
}

// instant reads a date as seconds since 1970. Exchange writes dates as strings,
// ACS as numbers.
func (o object) instant(name string) (time.Time, error) {
	digits := o.text(name)
	if number, ok := o[name].(json.Number); ok {
		digits = number.String()
	}
	const most = 12 // digits, some 30000 years
	seconds, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || seconds == 0 || len(digits) > most {
		return time.Time{}, fmt.Errorf("%s is not a date", name)
	}
	return time.Unix(int64(seconds), 0), nil
}

// lives reads nbf and exp, which must both be there and in that order.
func (o object) lives() (Lives, error) {
	from, err := o.instant("nbf")
	if err != nil {
		return Lives{}, err
	}
	until, err := o.instant("exp")
	if err != nil {
		return Lives{}, err
	}
	if !until.After(from) {
		return Lives{}, errors.New("exp is not after nbf")
	}
	return Lives{From: from, Until: until}, nil
}
