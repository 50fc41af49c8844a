package capture

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"
	"time"
)

// circumstances are what is not in the bytes of a request.
func (p placeholders) circumstances(t *taken) string {
	var b strings.Builder
	fmt.Fprintf(&b, "at          %s\n", t.at.UTC().Format(time.RFC3339Nano))
	fmt.Fprintf(&b, "connection  %s\n", p.name(t.RemoteAddr))
	if state := t.TLS; state != nil {
		fmt.Fprintf(&b, "tls         %s, %s, server name sent: %t\n", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite), state.ServerName != "")
	}
	fmt.Fprintf(&b, "answered    %d\n", t.status)
	fmt.Fprintf(&b, "length      %d, of which we read %d; the one below is that of the redacted body\n", t.ContentLength, t.body.read)
	return b.String()
}

// request writes the head and the body as they would have come over the wire.
func (p placeholders) request(t *taken) (head, body []byte) {
	body = p.body(t)
	var b bytes.Buffer
	path := t.URL.EscapedPath()
	if t.URL.RawQuery != "" {
		path += "?" + p.name(t.URL.RawQuery)
	}
	fmt.Fprintf(&b, "%s %s %s\r\nHost: %s\r\n", t.Method, path, t.Proto, p.hostPort(t.Host))
	for _, name := range slices.Sorted(maps.Keys(t.header)) {
		for _, value := range t.header[name] {
			if name == "Content-Length" {
				value = strconv.Itoa(len(body))
			}
			fmt.Fprintf(&b, "%s: %s\r\n", name, p.field(name, value))
		}
	}
	if len(t.TransferEncoding) > 0 {
		fmt.Fprintf(&b, "Transfer-Encoding: %s\r\n", strings.Join(t.TransferEncoding, ", "))
		body = chunked(body)
	}
	b.WriteString("\r\n")
	return b.Bytes(), body
}

func chunked(body []byte) []byte {
	var b bytes.Buffer
	w := httputil.NewChunkedWriter(&b)
	w.Write(body)
	w.Close()
	b.WriteString("\r\n")
	return b.Bytes()
}

// body is redacted as XML, or not shown at all.
func (p placeholders) body(t *taken) []byte {
	kind, _, err := mime.ParseMediaType(t.header.Get("Content-Type"))
	isXML := err == nil && (kind == "text/xml" || kind == "application/soap+xml")
	switch {
	case len(t.body.kept) == 0:
		return nil
	case !isXML || t.header.Get("Content-Encoding") != "":
		return fmt.Appendf(nil, "(%d bytes that cannot be read)", len(t.body.kept))
	}
	return p.document(t.body.kept)
}

// plainFields say how a client works. Every other field may say who it is.
var plainFields = []string{
	"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Cache-Control", "Connection", "Content-Encoding",
	"Content-Length", "Content-Type", "Expect", "Keep-Alive", "Mime-Version", "Pragma", "Proxy-Connection",
	"Return-Client-Request-Id", "Soapaction", "Te", "Upgrade", "User-Agent",
}

// field is the value of a field of the head.
func (p placeholders) field(name, value string) string {
	switch {
	case name == "Authorization" || name == "Proxy-Authorization":
		return p.authorization(value)
	case name == "Cookie":
		return p.cookies(value)
	case slices.Contains(plainFields, name) && !strings.ContainsAny(value, "@\\") && !strings.Contains(value, "S-1-"):
		return value
	}
	return p.value(value)
}

// authorization keeps the scheme, and of a handshake which message it is.
func (p placeholders) authorization(value string) string {
	scheme, credentials, found := strings.Cut(value, " ")
	if !found || !slices.Contains([]string{"basic", "bearer", "ntlm", "negotiate", "digest"}, strings.ToLower(scheme)) {
		return p.secret(value)
	}
	return scheme + " " + handshake(credentials) + p.secret(credentials)
}

// handshake tells the messages of NTLM ([MS-NLMP] 2.2.1) from those of SPNEGO
// (RFC 4178 4.2).
func handshake(credentials string) string {
	message, err := base64.StdEncoding.DecodeString(strings.TrimSpace(credentials))
	switch {
	case err != nil || len(message) < 12:
		return ""
	case bytes.HasPrefix(message, []byte("NTLMSSP\x00")):
		return fmt.Sprintf("(NTLM message %d, %d bytes) ", binary.LittleEndian.Uint32(message[8:]), len(message))
	case message[0] == 0x60:
		return fmt.Sprintf("(first message, %d bytes) ", len(message))
	case message[0] == 0xa1:
		return fmt.Sprintf("(further message, %d bytes) ", len(message))
	}
	return ""
}

// cookies keeps their names.
func (p placeholders) cookies(value string) string {
	list, err := http.ParseCookie(value)
	if err != nil {
		return p.secret(value)
	}
	pairs := make([]string, len(list))
	for i, c := range list {
		pairs[i] = c.Name + "=" + p.secret(c.Value)
	}
	return strings.Join(pairs, "; ")
}
