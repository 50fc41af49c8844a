package config

import (
	"crypto/subtle"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Secret is a value that never stands in the configuration file itself but is
// referred to: "file:PATH", "env:NAME" or "credential:NAME" (systemd's
// LoadCredential). It is fetched when the file is read; a line feed at the end
// of a file does not belong to it. The empty value is no secret.
//
// It cannot be printed, marshalled or logged. The value is behind a pointer so
// that not even fmt's %#v of a struct that keeps one in an unexported field
// gets at it.
type Secret struct {
	reference string
	value     *string
}

const hidden = "(secret)"

// IsSet reports whether there is a secret.
func (s Secret) IsSet() bool { return s.reference != "" }

// Reveal returns the secret itself; "" when there is none.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Equal reports whether both are the same secret from the same place.
func (s Secret) Equal(other Secret) bool {
	return s.reference == other.reference && (s.value == nil) == (other.value == nil) &&
		subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns "(secret)", or "" for none.
func (s Secret) String() string {
	if !s.IsSet() {
		return ""
	}
	return hidden
}

// GoString keeps %#v from looking inside.
func (s Secret) GoString() string { return "config.Secret{" + s.String() + "}" }

// LogValue implements [slog.LogValuer].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText implements [encoding.TextMarshaler].
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML implements [yaml.Marshaler].
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// UnmarshalYAML implements [yaml.Unmarshaler]. It keeps only the reference, and
// its errors do not repeat the value: it may be the secret itself by mistake.
func (s *Secret) UnmarshalYAML(n *yaml.Node) error {
	kind, place, _ := strings.Cut(n.Value, ":")
	switch {
	case n.Value == "":
		*s = Secret{}
		return nil
	case place != "" && (kind == "file" || kind == "env"):
	case place != "" && kind == "credential" && place == filepath.Base(place) && place != "..":
	default:
		return &mistake{"a secret must not stand here, only where it is found", `write "file:PATH", "env:NAME" or "credential:NAME"`}
	}
	*s = Secret{reference: n.Value}
	return nil
}

func (s *Secret) resolve(o Options) error {
	if o.SkipFiles || !s.IsSet() {
		return nil
	}
	value, err := s.fetch(o)
	if err != nil {
		return err
	}
	if value == "" {
		return &mistake{s.reference + " is empty", ""}
	}
	s.value = &value
	return nil
}

func (s *Secret) fetch(o Options) (string, error) {
	kind, place, _ := strings.Cut(s.reference, ":")
	switch kind {
	case "env":
		value := o.Getenv(place)
		if value == "" {
			return "", &mistake{"the environment variable " + place + " is not set", ""}
		}
		return value, nil
	case "credential":
		directory := o.Getenv("CREDENTIALS_DIRECTORY")
		if directory == "" {
			return "", &mistake{"there are no credentials: CREDENTIALS_DIRECTORY is not set",
				"add LoadCredential=" + place + ":PATH to the systemd unit"}
		}
		return readSecret(filepath.Join(directory, place))
	}
	path := o.path(place)
	if m := checkKeyFile(path); m != nil {
		return "", m
	}
	return readSecret(path)
}

// readSecret reads a small file without the line feed that editors add.
func readSecret(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fileMistake(path, err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), nil
}

// fileMistake says why a file cannot be read in words that are the same on
// every system.
func fileMistake(path string, err error) *mistake {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &mistake{path + ": no such file", "relative paths start at the directory of the configuration file"}
	case errors.Is(err, fs.ErrPermission):
		return &mistake{path + ": permission denied", "let the account that availproxy runs as read it"}
	}
	if cause, ok := errors.AsType[*fs.PathError](err); ok {
		err = cause.Err
	}
	return &mistake{path + ": " + err.Error(), ""}
}
