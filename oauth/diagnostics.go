package oauth

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// Diagnostics is the x-ms-diagnostics header with which Exchange explains a
// 401. Only some codes are documented: show them, and switch on no others.
type Diagnostics struct {
	Code     int    // 2000005; 0 when there is no such header
	Reason   string // free text
	Category string // invalid_user
}

// Codes of Diagnostics of which public samples exist.
const (
	InvalidSignature = 2000000
	InvalidToken     = 2000001
	InvalidResource  = 2000003
	InvalidTenant    = 2000004
	InvalidUser      = 2000005
	InvalidGrant     = 2000008
)

const diagnosticsHeader = "X-Ms-Diagnostics"

var (
	diagnosticsReason   = regexp.MustCompile(`(?i)reason="([^"]*)"`)
	diagnosticsCategory = regexp.MustCompile(`(?i)error_category="([^"]*)"`)
)

// ParseDiagnostics reads the header, or returns the zero value.
func ParseDiagnostics(h http.Header) Diagnostics {
	text := h.Get(diagnosticsHeader)
	number, rest, _ := strings.Cut(text, ";")
	code, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil {
		return Diagnostics{}
	}
	d := Diagnostics{Code: code}
	if found := diagnosticsReason.FindStringSubmatch(rest); found != nil {
		d.Reason = printable(found[1])
	}
	if found := diagnosticsCategory.FindStringSubmatch(rest); found != nil {
		d.Category = printable(found[1])
	}
	return d
}

// String is the value of the header.
func (d Diagnostics) String() string {
	return fmt.Sprintf(`%d;reason="%s";error_category="%s"`, d.Code, strings.ReplaceAll(d.Reason, `"`, `'`), d.Category)
}
