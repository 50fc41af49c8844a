package config

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v4"
)

// Time is an instant as RFC 3339 writes it. The zero value, written "", is
// none.
type Time struct{ time.Time }

// String is the instant in RFC 3339, or "".
func (t Time) String() string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// MarshalText implements [encoding.TextMarshaler].
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalYAML implements [yaml.Unmarshaler].
func (t *Time) UnmarshalYAML(n *yaml.Node) error {
	return readTime(n, &t.Time, time.RFC3339, "a time as RFC 3339 has it", "2026-12-01T00:00:00Z")
}

// Date is a day of the calendar in UTC. The zero value, written "", is none.
type Date struct{ time.Time }

// String is the day as "2027-04-01", or "".
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// MarshalText implements [encoding.TextMarshaler].
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalYAML implements [yaml.Unmarshaler].
func (d *Date) UnmarshalYAML(n *yaml.Node) error {
	return readTime(n, &d.Time, time.DateOnly, "a day", "2027-04-01")
}

func readTime(n *yaml.Node, t *time.Time, layout, what, example string) error {
	if n.Value == "" {
		*t = time.Time{}
		return nil
	}
	read, err := time.Parse(layout, n.Value)
	if err != nil {
		return &mistake{fmt.Sprintf("%q is not %s", n.Value, what), fmt.Sprintf("write for example %q", example)}
	}
	*t = read
	return nil
}
