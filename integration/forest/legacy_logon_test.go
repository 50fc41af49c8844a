package forest

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// domain is a server that lets in Domain\User with the password "Password", by
// NTLM under one scheme. It remembers each leg.
type domain struct {
	ews    EWS
	offers []string // of WWW-Authenticate; the first one is spoken

	mu   sync.Mutex // guards what follows
	legs []string   // "connection: scheme message, length of the body, whether it expects to be asked for it"
}

// [MS-NLMP] 4.2.4.1.1: NTOWFv2 of that account.
var ntowf, _ = hex.DecodeString("0c868a403bfd7a93a3001ef22ef02e3f")

// ntlmChallenge is that of [MS-NLMP] 4.2.4.3, without the key exchange that a
// web server has no use for: flags, server challenge, target name and target
// information.
var ntlmChallenge, _ = hex.DecodeString("4e544c4d53535000020000000c000c003800000033828aa2" + serverChallenge + "0000000000000000240024004400000006007017000000" +
	"0f53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076006500720000000000")

const serverChallenge = "0123456789abcdef"

func (d *domain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	message, _ := base64.StdEncoding.DecodeString(credentials)
	kind := 0
	if bytes.HasPrefix(message, []byte("NTLMSSP\x00")) {
		kind = int(binary.LittleEndian.Uint32(message[8:]))
	}
	d.mu.Lock()
	d.legs = append(d.legs, fmt.Sprintf("%s %d, body %t, expects %t", scheme, kind, r.ContentLength > 0, r.Header.Get("Expect") != ""))
	d.mu.Unlock()
	switch {
	case kind == 1 && scheme == d.offers[0]:
		w.Header().Set("WWW-Authenticate", scheme+" "+base64.StdEncoding.EncodeToString(ntlmChallenge))
		w.WriteHeader(http.StatusUnauthorized)
	case kind == 3 && proves(message):
		d.ews.ServeHTTP(w, r)
	default:
		for _, offer := range d.offers {
			w.Header().Add("WWW-Authenticate", offer)
		}
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// proves reports whether an AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3) holds the
// NTLMv2 response ([MS-NLMP] 3.3.2) of the account to our challenge.
func proves(message []byte) bool {
	field := func(at int) []byte {
		length, offset := binary.LittleEndian.Uint16(message[at:]), binary.LittleEndian.Uint32(message[at+4:])
		return message[offset : offset+uint32(length)]
	}
	response := field(20)
	challenge, _ := hex.DecodeString(serverChallenge)
	mac := hmac.New(md5.New, ntowf)
	mac.Write(challenge)
	mac.Write(response[16:])
	return hmac.Equal(mac.Sum(nil), response[:16])
}

func TestCallerLogsOnWithNTLM(t *testing.T) {
	tests := map[string]struct {
		offers         []string
		user, password string
		legs           []string
		refused        bool
	}{
		"as IIS offers it": {[]string{"Negotiate", "NTLM"}, `Domain\User`, "Password", []string{
			" 0, body true, expects true", "Negotiate 1, body false, expects false", "Negotiate 3, body true, expects true",
		}, false},
		"without Negotiate": {[]string{"NTLM"}, `Domain\User`, "Password", []string{
			" 0, body true, expects true", "NTLM 1, body false, expects false", "NTLM 3, body true, expects true",
		}, false},
		"before Basic": {[]string{"NTLM", `Basic realm="x"`}, `Domain\User`, "Password", []string{
			" 0, body true, expects true", "NTLM 1, body false, expects false", "NTLM 3, body true, expects true",
		}, false},
		"with a wrong password": {[]string{"NTLM"}, `Domain\User`, "password", []string{
			" 0, body true, expects true", "NTLM 1, body false, expects false", "NTLM 3, body true, expects true",
		}, true},
		"where Negotiate leads nowhere": {[]string{"Kerberos", "Negotiate"}, `Domain\User`, "Password", []string{
			" 0, body true, expects true", "Negotiate 1, body false, expects false",
		}, true},
		"where nothing is offered that it knows": {[]string{"Digest"}, `Domain\User`, "Password", []string{" 0, body true, expects true"}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := &domain{ews: EWS{Truth: Seeded(1, Calendars{Week: week}), Generation: Exchange2010}, offers: tt.offers}
			server := httptest.NewServer(d)
			defer server.Close()
			c := caller(t, server.URL+Path, Exchange2010)
			c.User, c.Password = tt.user, Secret(tt.password)
			reply, err := c.Ask(t.Context(), aliceAndBob)
			if tt.refused != hasStatus(401)(err) || !tt.refused && (err != nil || len(reply.Mailboxes) != 2) {
				t.Fatalf("answered %v, %v", reply, err)
			}
			if !slices.Equal(d.legs, tt.legs) {
				t.Errorf("it sent %q, want %q", d.legs, tt.legs)
			}
		})
	}
}

// A handshake is of a connection: many at once must not get into each other's
// way.
func TestCallerLogsOnManyTimesAtOnce(t *testing.T) {
	d := &domain{ews: EWS{Truth: Seeded(1, Calendars{Week: week}), Generation: Exchange2010}, offers: []string{"NTLM"}}
	legs := map[string]string{} // what came last over each connection
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.ServeHTTP(w, r)
		mu.Lock()
		defer mu.Unlock()
		legs[r.RemoteAddr] += r.Header.Get("Authorization")[:min(4, len(r.Header.Get("Authorization")))]
	}))
	defer server.Close()
	c := caller(t, server.URL+Path, Exchange2010)
	c.User, c.Password = `Domain\User`, "Password"
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := c.Ask(t.Context(), aliceAndBob); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	handshakes := 0
	mu.Lock()
	defer mu.Unlock()
	for address, sent := range legs {
		switch sent {
		case "NTLMNTLM":
			handshakes++
		case "NTLM":
			t.Errorf("over %s came half a handshake", address)
		}
	}
	if handshakes != 8 {
		t.Errorf("there were %d whole handshakes, want 8", handshakes)
	}
}
