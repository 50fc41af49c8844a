package discovery

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"

	"availproxy/freebusy"
)

// service is an autodiscover service that says what a test wants. It is an
// http.RoundTripper for tests on fake time and an http.Handler for real sockets.
type service struct {
	says  func(user string) string                         // a UserResponse; nil: works(fabrikamEWS)
	first func(w http.ResponseWriter, users []string) bool // answers instead when it returns true
	takes time.Duration                                    // before an answer, on fake time only

	mu      sync.Mutex // guards asked and anchors
	asked   [][]string // users, one entry for each request
	anchors []string
}

const (
	fabrikamEWS = "https://ews.fabrikam.example/EWS/Exchange.asmx"
	otherEWS    = "https://other.fabrikam.example/EWS/Exchange.asmx"
	tailspinEWS = "https://ews.tailspin.example/EWS/Exchange.asmx"
)

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	users := usersIn(body)
	s.mu.Lock()
	s.asked = append(s.asked, users)
	s.anchors = append(s.anchors, r.Header.Get("X-AnchorMailbox"))
	s.mu.Unlock()
	if s.first != nil && s.first(w, users) {
		return
	}
	var responses strings.Builder
	for _, u := range users {
		if s.says == nil {
			responses.WriteString(works(fabrikamEWS))
		} else {
			responses.WriteString(s.says(u))
		}
	}
	io.WriteString(w, response("NoError", responses.String()))
}

// RoundTrip implements http.RoundTripper without a network.
func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(s.takes):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result(), nil
}

// calls is how many requests came since the last time.
func (s *service) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.asked)
	s.asked = nil
	return n
}

func (s *service) lastAsked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) == 0 {
		return nil
	}
	return s.asked[len(s.asked)-1]
}

func usersIn(request []byte) []string {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(request); err != nil {
		return nil
	}
	var users []string
	for _, m := range doc.FindElements("//Users/User/Mailbox") {
		users = append(users, m.Text())
	}
	return users
}

func response(code, users string) string {
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><GetUserSettingsResponseMessage xmlns="` + autodiscoverNS +
		`"><Response><ErrorCode>` + code + `</ErrorCode><UserResponses>` + users + `</UserResponses></Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>`
}

func settings(pairs ...string) string {
	var b strings.Builder
	b.WriteString(`<UserResponse><ErrorCode>NoError</ErrorCode><UserSettings>`)
	for pair := range slices.Chunk(pairs, 2) {
		fmt.Fprintf(&b, `<UserSetting><Name>%s</Name><Value>%s</Value></UserSetting>`, pair[0], pair[1])
	}
	return b.String() + `</UserSettings></UserResponse>`
}

func works(ews string) string { return settings(externalEwsURL, ews) }

func says(code string) string { return redirects(code, "") }

func redirects(code, target string) string {
	var escaped bytes.Buffer
	doc := etree.NewDocument()
	doc.CreateElement("RedirectTarget").SetText(target)
	doc.WriteTo(&escaped)
	return `<UserResponse><ErrorCode>` + code + `</ErrorCode>` + escaped.String() + `</UserResponse>`
}

// fabrikam is a connector whose autodiscover service is s.
func fabrikam(s http.RoundTripper) Connector {
	return Connector{
		Name:                 "fabrikam",
		Enabled:              true,
		TargetAddressDomains: []string{"fabrikam.example", "*.fabrikam.example"},
		DiscoveryEndpoint:    "https://autodiscover.fabrikam.example/autodiscover/autodiscover.svc",
		AllowedHosts:         []string{"*.fabrikam.example"},
		HTTP:                 &http.Client{Transport: s},
	}
}

func tailspin(s http.RoundTripper) Connector {
	return Connector{
		Name:                 "tailspin",
		Enabled:              true,
		TargetAddressDomains: []string{"tailspin.example"},
		DiscoveryEndpoint:    "https://autodiscover.tailspin.example/autodiscover/autodiscover.svc",
		AllowedHosts:         []string{"ews.tailspin.example"},
		HTTP:                 &http.Client{Transport: s},
	}
}

func directory(t testing.TB, connectors ...Connector) *Directory {
	t.Helper()
	d, err := New(connectors, Options{AcceptedDomains: []string{"contoso.com"}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// routes asks d for addresses.
func routes(t testing.TB, d *Directory, addresses ...string) []freebusy.Route {
	t.Helper()
	mailboxes := make([]freebusy.Mailbox, len(addresses))
	for i, a := range addresses {
		mailboxes[i] = freebusy.SMTP(a)
	}
	return d.Routes(t.Context(), mailboxes)
}

// route asks d for one address, and returns what came of it in one word: the
// endpoint, or the Kind of the error, or the code of one that is not ours.
func route(t testing.TB, d *Directory, address string) string {
	t.Helper()
	return word(routes(t, d, address)[0])
}

func word(r freebusy.Route) string {
	if r.Err == nil {
		return r.Endpoint
	}
	if e, ok := r.Err.Err.(*Error); ok {
		return string(e.Kind)
	}
	return string(r.Err.Code)
}

func words(routes []freebusy.Route) []string {
	var w []string
	for _, r := range routes {
		w = append(w, word(r))
	}
	return w
}
