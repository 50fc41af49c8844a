package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	application = "00000000-1111-2222-3333-444444444444"
	ewsScope    = "https://outlook.office365.com/.default"
)

// entraServer is the token endpoint of a tenant, as strict as Entra ID or more.
// Its fields may be set before it is asked.
type entraServer struct {
	known      []*Certificate
	algorithms []string      // that it takes
	life       time.Duration // of its tokens
	refuse     func(w http.ResponseWriter, form url.Values) bool
	answer     func(token string, life time.Duration) string

	base string // https://host

	mu     sync.Mutex // guards what follows
	seen   []url.Values
	header []http.Header
	jti    map[string]bool
}

const entraPath = "/contoso.com/oauth2/v2.0/token"

func (s *entraServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || r.URL.Path != entraPath || len(r.URL.RawQuery) > 0 {
		http.NotFound(w, r)
		return
	}
	s.seen, s.header = append(s.seen, r.PostForm), append(s.header, r.Header)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if s.refuse != nil && s.refuse(w, r.PostForm) {
		return
	}
	if err := s.believe(r); err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		json.NewEncoder(w).Encode(map[string]any{"error": "invalid_client", "error_codes": []int{700027},
			"error_description": "AADSTS700027: " + err.Error(), "trace_id": "t-1", "correlation_id": r.Header.Get("client-request-id")})
		return
	}
	io.WriteString(w, s.answer(fmt.Sprintf("opaque.%d.%s", len(s.seen), r.PostFormValue("scope")), s.life))
}

// believe verifies an assertion with the stock library.
func (s *entraServer) believe(r *http.Request) error {
	parser := jwt.NewParser(jwt.WithValidMethods(s.algorithms), jwt.WithExpirationRequired(), jwt.WithNotBeforeRequired(), jwt.WithIssuedAt(),
		jwt.WithIssuer(application), jwt.WithSubject(application), jwt.WithAudience(s.base+entraPath), jwt.WithStrictDecoding())
	var c struct {
		jwt.RegisteredClaims
		Audience string `json:"aud"` // one, not a list
	}
	_, err := parser.ParseWithClaims(r.PostForm.Get("client_assertion"), &jwt.MapClaims{}, func(token *jwt.Token) (any, error) {
		for _, cert := range s.known {
			if token.Header["x5t#S256"] == cert.X5TS256() && token.Header["x5t"] == cert.X5T() && token.Header["typ"] == "JWT" {
				return cert.X509.PublicKey, nil
			}
		}
		return nil, errors.New("[Reason - The key was not found.]")
	})
	if err != nil {
		return err
	}
	if _, _, err := jwt.NewParser().ParseUnverified(r.PostForm.Get("client_assertion"), &c); err != nil {
		return err
	}
	want := url.Values{"grant_type": {"client_credentials"}, "client_id": {application},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
	for name := range want {
		if !slices.Equal(r.PostForm[name], want[name]) {
			return fmt.Errorf("%s is %q", name, r.PostForm[name])
		}
	}
	switch {
	case len(r.PostForm["scope"]) != 1 || !strings.HasSuffix(r.PostForm.Get("scope"), "/.default"):
		return errors.New("the scope is wrong")
	case c.ExpiresAt.Sub(c.NotBefore.Time) > 10*time.Minute:
		return errors.New("the assertion lives too long")
	case len(c.ID) != 36 || s.jti[c.ID]:
		return fmt.Errorf("the jti %q is none or was seen before", c.ID)
	}
	s.jti[c.ID] = true
	return nil
}

// asked are the forms that came.
func (s *entraServer) asked() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

func (s *entraServer) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func entraAnswer(token string, life time.Duration) string {
	return fmt.Sprintf(`{"token_type":"Bearer","expires_in":%d,"ext_expires_in":%d,"access_token":%q}`, int(life.Seconds()), int(life.Seconds()), token)
}

// offlineEntra knows the first test key, and serves nowhere yet.
func offlineEntra(t *testing.T) (*entraServer, *Entra) {
	t.Helper()
	s := &entraServer{known: []*Certificate{certificate(t, 0)}, algorithms: []string{"PS256"}, life: time.Hour, answer: entraAnswer, jti: map[string]bool{}}
	return s, &Entra{
		ServerName: "EvoSTS", ApplicationID: application,
		Certificates: Certificates{Current: certificate(t, 0)}, Log: slog.New(slog.DiscardHandler),
	}
}

// newEntra serves on loopback with TLS.
func newEntra(t *testing.T) (*entraServer, *Entra) {
	t.Helper()
	s, e := offlineEntra(t)
	server := serveTLS(t, s)
	s.base = server.URL
	e.Endpoint, e.Base = EntraEndpoint(strings.TrimPrefix(server.URL, "https://"), "contoso.com"), server.Client().Transport
	return s, e
}
