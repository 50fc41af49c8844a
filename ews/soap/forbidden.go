package soap

import (
	"bytes"
	"regexp"
	"strconv"
)

var reference = regexp.MustCompile(`&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));`)

// withoutForbidden replaces references to characters that XML 1.0 2.2 forbids.
// Exchange writes &#x1A; where a subject holds such a character (ews-java-api
// issue 233), and nobody else in its answer should suffer for it.
func withoutForbidden(data []byte) []byte {
	if !bytes.Contains(data, []byte("&#")) {
		return data
	}
	return reference.ReplaceAllFunc(data, func(r []byte) []byte {
		digits, base := bytes.TrimSuffix(r[2:], []byte(";")), 10
		if digits[0] == 'x' {
			digits, base = digits[1:], 16
		}
		n, err := strconv.ParseUint(string(digits), base, 32)
		if err == nil && isCharacter(rune(n)) {
			return r
		}
		return []byte("&#xFFFD;")
	})
}

func isCharacter(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}
