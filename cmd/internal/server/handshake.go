package server

import (
	"context"
	"crypto/tls"
	"log"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"availproxy/cmd/internal/config"
)

// httpLog turns what net/http says about connections into lines for the
// operator. A handshake that fails is the one thing among it that an admin can
// mend, so it is said in words, with what the client offered.
func httpLog(to *slog.Logger) *log.Logger {
	return log.New(httpLines{to}, "", 0)
}

type httpLines struct{ to *slog.Logger }

var handshakeError = regexp.MustCompile(`^http: TLS handshake error from (\S+): (.*)$`)

// Write takes one line, as the log package promises.
func (h httpLines) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	failed := handshakeError.FindStringSubmatch(text)
	if failed == nil {
		h.to.Warn("http server", "said", text)
		return len(line), nil
	}
	level := slog.LevelWarn
	if hungUp(failed[2]) {
		level = slog.LevelDebug // port scanners and health checks of load balancers
	}
	attributes := []slog.Attr{slog.String("client", failed[1]), slog.String("reason", inWords(failed[2]))}
	if do := remedy(failed[2]); do != "" {
		attributes = append(attributes, slog.String("remedy", do))
	}
	h.to.LogAttrs(context.Background(), level, "TLS handshake failed", attributes...)
	return len(line), nil
}

func hungUp(reason string) bool {
	return reason == "EOF" || strings.HasSuffix(reason, "connection reset by peer") || strings.HasSuffix(reason, "i/o timeout")
}

var offered = regexp.MustCompile(`\[([0-9a-f ]+)\]`)

// numbersIn are the versions or cipher suites that a client has offered, as
// net/http tells them.
func numbersIn(reason string) (numbers []uint16) {
	list := offered.FindStringSubmatch(reason)
	if list == nil {
		return nil
	}
	for _, field := range strings.Fields(list[1]) {
		if number, err := strconv.ParseUint(field, 16, 16); err == nil {
			numbers = append(numbers, uint16(number))
		}
	}
	return numbers
}

// inWords gives the numbers of versions and cipher suites their names.
func inWords(reason string) string {
	name := suiteName
	if strings.Contains(reason, "versions") {
		name = tls.VersionName
	}
	var names []string
	for _, number := range numbersIn(reason) {
		if number != renegotiationInfo {
			names = append(names, name(number))
		}
	}
	return offered.ReplaceAllLiteralString(reason, strings.Join(names, ", "))
}

// remedies say what lets such a client in, by what net/http says of it.
var remedies = []struct{ said, remedy string }{
	{"unsupported versions", "switch TLS 1.2 on at the client, or set tls.profile to legacy"},
	{"unsupported protocol version", "switch TLS 1.2 on at the client, or set tls.profile to legacy"},
	{"unsupported SSLv2", "switch SSL 2.0 off and TLS on at the client"},
	{"first record does not look like", "the client speaks no TLS to this port; use https in its URL"},
	{"HTTP request to an HTTPS server", "the client speaks plain HTTP to this port; use https in its URL"},
	{"bad certificate", distrust}, {"unknown certificate", distrust},
	{"bad record MAC", "most often a client that does not trust our certificate: OpenSSL says so in a way that looks like this. " + distrust},
}

const distrust = "the client does not trust our certificate; install its authority there, or use a certificate for the name in ProxyUrl"

func remedy(reason string) string {
	if strings.Contains(reason, "no cipher suite") {
		return suitesRemedy(numbersIn(reason))
	}
	for _, r := range remedies {
		if strings.Contains(reason, r.said) {
			return r.remedy
		}
	}
	return ""
}

// suitesRemedy is about a client that shares no cipher suite with the profile in
// force.
func suitesRemedy(offers []uint16) string {
	lets := func(name config.TLSProfile) bool {
		return slices.ContainsFunc(profile(name).CipherSuites, func(s uint16) bool { return slices.Contains(offers, s) })
	}
	switch {
	case lets(config.Legacy):
		return "set tls.profile to legacy"
	case lets(config.Windows2003):
		return "set tls.profile to windows2003"
	case slices.Contains(offers, tls.TLS_RSA_WITH_RC4_128_SHA):
		return "switch 3DES on at the client, and set tls.profile to windows2003; Windows Server 2003 has AES with hotfix 948963"
	default:
		return "no profile has any of these; switch AES with an RSA key on at the client"
	}
}
