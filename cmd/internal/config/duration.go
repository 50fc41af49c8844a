package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

const day = 24 * time.Hour

// Duration is a length of time, not negative, in the spelling of Go and with
// days of 24 hours: "90s", "1h30m", "7d".
type Duration time.Duration

// String writes the shortest spelling: whole days as "7d", else as Go does
// without trailing zeros.
func (d Duration) String() string {
	t := time.Duration(d)
	if t >= day && t%day == 0 {
		return strconv.FormatInt(int64(t/day), 10) + "d"
	}
	text := t.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText implements [encoding.TextMarshaler].
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalYAML implements [yaml.Unmarshaler].
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	text := n.Value
	var days time.Duration
	if count, rest, found := strings.Cut(text, "d"); found {
		number, err := strconv.ParseUint(count, 10, 16)
		if err != nil {
			return notDuration(n)
		}
		days, text = time.Duration(number)*day, rest
		if text == "" {
			text = "0s"
		}
	}
	t, err := time.ParseDuration(text)
	if err != nil || t < 0 || days+t < 0 {
		return notDuration(n)
	}
	*d = Duration(days + t)
	return nil
}

func notDuration(n *yaml.Node) error {
	m := &mistake{fmt.Sprintf("%q is not a length of time", n.Value), `write for example "90s", "15m" or "7d"`}
	if _, err := strconv.ParseUint(n.Value, 10, 32); err == nil {
		m.hint = fmt.Sprintf(`add the unit: "%ss" for seconds`, n.Value)
	}
	return m
}
