package capture

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// placeholders stand for values. Equal values have equal ones.
type placeholders struct {
	key  *[32]byte
	open *open // nil: all that may say who somebody is must be replaced
}

func newPlaceholders() placeholders {
	key := new([32]byte)
	rand.Read(key[:]) // never fails
	return placeholders{key: key}
}

// hash is of a value under the key of this file.
func (p placeholders) hash(value string) []byte {
	mac := hmac.New(sha256.New, p.key[:])
	mac.Write([]byte(value))
	return mac.Sum(nil)
}

func (p placeholders) name(value string) string { return hex.EncodeToString(p.hash(value)[:5]) }

// secret stands for something whose length is nobody's business either.
func (p placeholders) secret(value string) string { return "(secret " + p.name(value) + ")" }

// text stands for a text that is not known to be harmless.
func (p placeholders) text(value string) string {
	return fmt.Sprintf("(text %s, %d characters)", p.name(value), utf8.RuneCountInString(value))
}

// address stands for an SMTP address; those of one domain keep one in common.
func (p placeholders) address(value string) string {
	if p.open != nil {
		return p.open.alias(value)
	}
	value = strings.ToLower(value)
	at := strings.LastIndexByte(value, '@')
	return p.name(value) + "@" + p.host(value[at+1:])
}

func (p placeholders) host(value string) string {
	if p.open != nil {
		return value
	}
	return p.name(strings.ToLower(value)) + ".example"
}

// hostPort keeps the port.
func (p placeholders) hostPort(value string) string {
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		return p.host(value)
	}
	return net.JoinHostPort(p.host(host), port)
}

var (
	sid      = regexp.MustCompile(`^S-1-\d+(-\d+)*$`)
	legacyDN = regexp.MustCompile(`(?i)^(/[a-z]+=[^/]*)+$`)
	dnValue  = regexp.MustCompile(`=[^/]*`)
)

// sid stands for a security identifier ([MS-DTYP] 2.4.2): well-known ones and
// well-known parts stay, the domain and everybody in it do not.
func (p placeholders) sid(value string) string {
	parts := strings.Split(value, "-")
	if len(parts) <= 4 || parts[2] != "5" || parts[3] != "21" {
		if len(parts) <= 5 {
			return value // S-1-1-0, S-1-5-11, S-1-5-32-544: the same everywhere
		}
		return p.secret(value)
	}
	for i := 4; i < len(parts); i++ {
		// A relative identifier below 1000 means the same in every domain.
		if n, err := strconv.ParseUint(parts[i], 10, 32); i == len(parts)-1 && err == nil && n < 1000 {
			continue
		}
		parts[i] = strconv.FormatUint(uint64(1000+binary.BigEndian.Uint32(p.hash(strings.Join(parts[:i], "-")+"-"+parts[i]))>>1), 10)
	}
	return strings.Join(parts, "-")
}

// legacyDN stands for a name of Exchange's directory and keeps its kinds.
func (p placeholders) legacyDN(value string) string {
	return dnValue.ReplaceAllStringFunc(strings.ToLower(value), func(v string) string { return "=" + p.name(v) })
}
