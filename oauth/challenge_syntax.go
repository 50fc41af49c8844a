package oauth

import (
	"fmt"
	"strings"
)

// bearerParameters reads the challenges of one WWW-Authenticate line (RFC 9110
// 11.6.1) up to the end of the first Bearer and returns its parameters by
// lower-case name, or ErrNoBearer.
func bearerParameters(line string) (map[string]string, error) {
	s := scanner(line)
	for {
		s.skip(" \t,")
		if s == "" {
			return nil, ErrNoBearer
		}
		scheme := s.token()
		if scheme == "" {
			return nil, s.unexpected()
		}
		parameters, err := s.parameters()
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(scheme, "Bearer") {
			return parameters, nil
		}
	}
}

// scanner is what is left of a line.
type scanner string

// parameters reads what belongs to one scheme: nothing, one token68, or a list
// of name=value. It stops before the next scheme, which looks like a name
// without "=".
func (s *scanner) parameters() (map[string]string, error) {
	parameters := make(map[string]string)
	if s.token68() {
		return parameters, nil
	}
	for {
		rest := *s
		s.skip(" \t,")
		name := strings.ToLower(s.token())
		s.skip(" \t")
		if name == "" || !strings.HasPrefix(string(*s), "=") {
			*s = rest
			return parameters, nil
		}
		*s = (*s)[1:]
		s.skip(" \t")
		value, err := s.value()
		if err != nil {
			return nil, err
		}
		if _, twice := parameters[name]; twice {
			return nil, fmt.Errorf("oauth: the challenge has two parameters %q", printable(name))
		}
		parameters[name] = value
	}
}

// token68 skips the blob that Negotiate and NTLM carry. A name=value is none:
// in a token68 nothing but the end follows the padding.
func (s *scanner) token68() bool {
	blob := strings.TrimLeft(string(*s), " \t")
	if len(blob) == len(*s) {
		return false
	}
	end := strings.IndexFunc(blob, func(r rune) bool { return !alphanumeric(r) && !strings.ContainsRune("-._~+/", r) })
	if end < 0 {
		end = len(blob)
	}
	after := strings.TrimLeft(strings.TrimLeft(blob[end:], "="), " \t")
	if end == 0 || after != "" && after[0] != ',' {
		return false
	}
	*s = scanner(after)
	return true
}

// value reads a token or a quoted string (RFC 9110 5.6.4).
func (s *scanner) value() (string, error) {
	if !strings.HasPrefix(string(*s), `"`) {
		return s.token(), nil
	}
	var value strings.Builder
	for i := 1; i < len(*s); i++ {
		switch c := (*s)[i]; {
		case c == '"':
			*s = (*s)[i+1:]
			return value.String(), nil
		case c == '\\' && i+1 < len(*s):
			i++
			value.WriteByte((*s)[i])
		default:
			value.WriteByte(c)
		}
	}
	return "", fmt.Errorf("oauth: the challenge has a quoted string without end")
}

// token reads a token (RFC 9110 5.6.2), or nothing where there is none.
func (s *scanner) token() string {
	end := strings.IndexFunc(string(*s), func(r rune) bool { return !alphanumeric(r) && !strings.ContainsRune("!#$%&'*+-.^_`|~", r) })
	if end < 0 {
		end = len(*s)
	}
	token := string((*s)[:end])
	*s = (*s)[end:]
	return token
}

func (s *scanner) skip(set string) { *s = scanner(strings.TrimLeft(string(*s), set)) }

func (s *scanner) unexpected() error {
	return fmt.Errorf("oauth: the challenge is malformed at %q", printable(string(*s)))
}

func alphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
