package config

import (
	"fmt"
	"net/mail"
	"regexp"

	"go.yaml.in/yaml/v4"
)

// ActAs is on whose behalf a connector asks: the application alone, the
// requester that Exchange named, or one SMTP address for all.
type ActAs string

// The forms of ActAs that are not an address.
const (
	ActAsApplication ActAs = "application"
	ActAsRequester   ActAs = "requester"
)

// Address is the SMTP address to act as, or "".
func (a ActAs) Address() string {
	if a == ActAsApplication || a == ActAsRequester {
		return ""
	}
	return string(a)
}

// UnmarshalYAML implements [yaml.Unmarshaler].
func (a *ActAs) UnmarshalYAML(n *yaml.Node) error {
	read := ActAs(n.Value)
	if read != ActAsApplication && read != ActAsRequester && !isMailbox(n.Value) {
		return &mistake{fmt.Sprintf("%q is neither application, requester nor an SMTP address", n.Value), didYouMean(n.Value, "application", "requester")}
	}
	*a = read
	return nil
}

// isMailbox reports whether s is a bare SMTP address.
func isMailbox(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Name == "" && address.Address == s
}

// GUID is an identifier such as 00000002-0000-0ff1-ce00-000000000000.
type GUID string

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// UnmarshalYAML implements [yaml.Unmarshaler].
func (g *GUID) UnmarshalYAML(n *yaml.Node) error {
	if n.Value != "" && !guid.MatchString(n.Value) {
		return &mistake{fmt.Sprintf("%q is not a GUID", n.Value), `write for example "00000002-0000-0ff1-ce00-000000000000"`}
	}
	*g = GUID(n.Value)
	return nil
}
