package config

import (
	"net/url"

	"go.yaml.in/yaml/v4"
)

// URL is an absolute http or https URL without credentials and fragment, as it
// was written. The empty value is none.
type URL string

// Parse returns the URL in parts; nil for none.
func (u URL) Parse() *url.URL {
	if u == "" {
		return nil
	}
	parsed, err := url.Parse(string(u))
	if err != nil {
		return nil // not reached by a value that was read
	}
	return parsed
}

// Host is the host name without port, or "".
func (u URL) Host() string {
	if parsed := u.Parse(); parsed != nil {
		return parsed.Hostname()
	}
	return ""
}

// Secure reports whether the scheme is https.
func (u URL) Secure() bool {
	parsed := u.Parse()
	return parsed != nil && parsed.Scheme == "https"
}

// UnmarshalYAML implements [yaml.Unmarshaler]. Its errors do not repeat the
// value, which may hold a password by mistake.
func (u *URL) UnmarshalYAML(n *yaml.Node) error {
	if n.Value == "" {
		*u = ""
		return nil
	}
	const hint = `write for example "https://mail.contoso.com/EWS/Exchange.asmx"`
	parsed, err := url.Parse(n.Value)
	switch {
	case err != nil:
		return &mistake{"not a URL", hint}
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return &mistake{"not an http or https URL", hint}
	case parsed.User != nil:
		return &mistake{"a URL must not hold a user name or password", "leave out everything between :// and @"}
	case parsed.Fragment != "":
		return &mistake{"a URL must not have a fragment", "leave out everything from # on"}
	case !isHost(parsed.Hostname()) || parsed.Port() != "" && !isPort(parsed.Port()):
		return &mistake{"not a URL with a host", hint}
	}
	*u = URL(n.Value)
	return nil
}
