package exports

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// value is one property as either format has it. Exactly one of its parts is
// used, but for an object, which may also have the text that its ToString gave.
// Values of CLIXML may refer to each other in circles: nothing here goes deeper
// than two levels.
type value struct {
	text    string
	list    []*value
	isList  bool
	members map[string]*value // by lower-case name
}

func (v *value) member(name string) *value {
	if v == nil {
		return nil
	}
	return v.members[strings.ToLower(name)]
}

// spoken are members that say in one word what an object is: of a System.Uri, of
// the domain of an accepted domain, of an enumeration or a guid in JSON.
var spoken = []string{"AbsoluteUri", "OriginalString", "Domain", "DomainName", "SmtpAddress", "Address", "Value", "Guid", "Name"}

// String is the value as a word, "" for what is none.
func (v *value) String() string {
	if v == nil {
		return ""
	}
	if v.text != "" || v.members == nil {
		return v.text
	}
	for _, name := range spoken {
		if m := v.member(name); m != nil && m.text != "" {
			return m.text
		}
	}
	return ""
}

// elements are the values of a list; a single value is a list of one. Windows
// PowerShell wraps some lists as {"value": [...], "Count": 2}.
func (v *value) elements() []*value {
	switch {
	case v == nil:
		return nil
	case v.isList:
		return v.list
	}
	if wrapped := v.member("value"); wrapped != nil && wrapped.isList && v.member("Count") != nil {
		return wrapped.list
	}
	if v.members == nil && v.text == "" {
		return nil
	}
	return []*value{v}
}

// windowsDate is how Windows PowerShell writes a date into JSON.
var windowsDate = regexp.MustCompile(`^/Date\((-?[0-9]{1,18})\)/$`)

// moment reads a date of either format, the zero time for anything else.
func (v *value) moment() time.Time {
	text := v.String()
	if found := windowsDate.FindStringSubmatch(text); found != nil {
		if ms, err := strconv.ParseInt(found[1], 10, 64); err == nil {
			return time.UnixMilli(ms).UTC()
		}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.9999999", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
