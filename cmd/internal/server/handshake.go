package server

import (
	"context"
	"crypto/tls"
	"log"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
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

// inWords gives the numbers of versions and cipher suites their names.
func inWords(reason string) string {
	name := func(number uint16) string { return tls.CipherSuiteName(number) }
	if strings.Contains(reason, "versions") {
		name = tls.VersionName
	}
	return offered.ReplaceAllStringFunc(reason, func(list string) string {
		var names []string
		for _, field := range strings.Fields(strings.Trim(list, "[]")) {
			number, err := strconv.ParseUint(field, 16, 16)
			if err != nil {
				return list
			}
			names = append(names, name(uint16(number)))
		}
		return strings.Join(names, ", ")
	})
}

// remedy says what lets such a client in.
func remedy(reason string) string {
	switch {
	case strings.Contains(reason, "unsupported versions"), strings.Contains(reason, "unsupported protocol version"):
		return "switch TLS 1.2 on at the client, or set tls.profile to legacy"
	case strings.Contains(reason, "no cipher suite"):
		return "set tls.profile to legacy, or to windows2003 for Windows Server 2003"
	case strings.Contains(reason, "first record does not look like"):
		return "the client speaks plain HTTP to this port; use https in its URL"
	case strings.Contains(reason, "bad certificate"), strings.Contains(reason, "unknown certificate"), strings.Contains(reason, "unknown certificate authority"):
		return "the client does not trust our certificate; install its authority there, or use a certificate for the name in ProxyUrl"
	}
	return ""
}
