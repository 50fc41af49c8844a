package oauth

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/freebusy"
)

func TestEntraGivesATokenForEachScope(t *testing.T) {
	s, e := newEntra(t)
	const graph = "https://graph.microsoft.com/.default"
	first := map[string]Token{}
	for _, scope := range []string{ewsScope, graph, ewsScope, graph} {
		token, err := e.AccessToken(t.Context(), scope, "")
		if err != nil {
			t.Fatal(err)
		}
		if held, ok := first[scope]; ok && held != token {
			t.Errorf("another token for %s", scope)
		}
		first[scope] = token
		if !strings.HasSuffix(token.Reveal(), scope) {
			t.Errorf("the token for %s is for another", scope)
		}
		if left := time.Until(token.Expires); left > time.Hour || left < 59*time.Minute {
			t.Errorf("the token lives %s", left)
		}
	}
	if got := len(s.asked()); got != 2 {
		t.Errorf("asked %d times for two scopes", got)
	}
	for _, h := range s.header {
		if len(h.Get("client-request-id")) != 36 || h.Get("return-client-request-id") != "true" {
			t.Errorf("the request has the ids %q, %q", h.Get("client-request-id"), h.Get("return-client-request-id"))
		}
	}
}

// onlySigner is a key that lives elsewhere: it signs and gives nothing away.
type onlySigner struct{ crypto.Signer }

func TestEntraSignsWithWhatOnlySigns(t *testing.T) {
	for _, algorithm := range []Algorithm{"", PS256, RS256} {
		t.Run("algorithm "+string(algorithm), func(t *testing.T) {
			s, e := newEntra(t)
			hidden, err := NewCertificate(certificate(t, 0).X509, onlySigner{testKeys[0]()})
			if err != nil {
				t.Fatal(err)
			}
			e.Certificates.Current, e.Algorithm = hidden, algorithm
			if algorithm == RS256 {
				s.algorithms = []string{"RS256"}
			}
			if _, err := e.AccessToken(t.Context(), ewsScope, ""); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEntraTriesTheOtherCertificateOnce(t *testing.T) {
	s, e := newEntra(t)
	e.Certificates = Certificates{Current: certificate(t, 1), Previous: certificate(t, 0)}
	if _, err := e.AccessToken(t.Context(), ewsScope, ""); err != nil || len(s.asked()) != 2 {
		t.Errorf("got %v after %d requests, want a token after 2", err, len(s.asked()))
	}
	e.Certificates.Previous = nil
	if _, err := e.AccessToken(t.Context(), "https://other.example/.default", ""); err == nil || len(s.asked()) != 3 {
		t.Errorf("got %v after %d requests, want a refusal", err, len(s.asked())-2)
	}
}

func TestEntraUnusableAnswers(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"a page":                {"<html>Sign in</html>", "not the JSON of a token"},
		"JSON that breaks off":  {`{"token_type":"Bearer","access_token":"eyJ.secret`, "not the JSON of a token"},
		"an empty object":       {`{}`, "not Bearer"},
		"a list":                {`[]`, "not the JSON of a token"},
		"a proof of possession": {`{"token_type":"pop","access_token":"a","expires_in":3599}`, `"pop"`},
		"no token":              {`{"token_type":"Bearer","expires_in":3599}`, "no token"},
		"a token of two lines":  {`{"token_type":"Bearer","access_token":"a\r\nX-Evil: 1","expires_in":3599}`, "no token that a header can carry"},
		"a token without end":   {`{"token_type":"Bearer","access_token":"` + strings.Repeat("a", maxToken+1) + `","expires_in":3599}`, "no token that a header can carry"},
		"no expiry":             {`{"token_type":"Bearer","access_token":"a"}`, "when the token expires"},
		"an expiry in the past": {`{"token_type":"Bearer","access_token":"a","expires_in":-1}`, "not the JSON of a token"},
		"more than is allowed":  {strings.Repeat(" ", maxDocument+1), "more than"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, e := newEntra(t)
			s.answer = func(string, time.Duration) string { return tt.body }
			_, err := e.AccessToken(t.Context(), ewsScope, "")
			if te, ok := errors.AsType[*TokenError](err); !ok || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "eyJ") {
				t.Errorf("got %v (%v), want %q", err, te, tt.want)
			}
		})
	}
}

func TestEntraTokensOfAVeryLongLifeAreKeptForADay(t *testing.T) {
	_, e := newEntra(t)
	s, _ := newEntra(t)
	s.life = 1000000 * time.Hour
	e.Endpoint = s.base + entraPath
	token, err := e.AccessToken(t.Context(), ewsScope, "")
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(token.Expires); left > 24*time.Hour || left < 23*time.Hour {
		t.Errorf("the token is believed for %s", left)
	}
}

// TestEntraRefusals goes from what Entra ID answers to what becomes of a
// question. The numbers themselves are tested where their table is.
func TestEntraRefusals(t *testing.T) {
	body := func(word string, number int, text string) string {
		data, _ := json.Marshal(map[string]any{"error": word, "error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: t-1\r\nCorrelation ID: c-1", number, text),
			"error_codes": []int{number}, "timestamp": "2026-11-25 08:00:00Z", "trace_id": "t-1", "correlation_id": "c-1", "error_uri": "https://login.example/error"})
		return string(data)
	}
	tests := map[string]struct {
		status  int
		header  string // Retry-After
		body    string
		kind    TokenErrorKind
		backOff time.Duration
		remedy  string
	}{
		"a wrong tenant":             {400, "", body("invalid_request", 90002, "Tenant 'contoso.com' not found."), AuthServerRefused, 0, "Correct tenant"},
		"no name of a tenant":        {400, "", body("invalid_request", 900023, "Specified tenant identifier 'x' is neither a valid DNS name, nor a valid external domain."), AuthServerRefused, 0, "Correct tenant"},
		"a wrong cloud":              {400, "", body("invalid_request", 900382, "Confidential Client is not supported in Cross Cloud request."), AuthServerRefused, 0, "Correct cloud"},
		"an unknown application":     {400, "", body("unauthorized_client", 700016, "Application with identifier 'x' was not found in the directory 'Contoso'."), AuthServerRefused, 0, "application_identifier"},
		"a disabled application":     {401, "", body("unauthorized_client", 7000112, "Application 'x' is disabled."), AuthServerRefused, 0, "Enable the application"},
		"an unknown certificate":     {401, "", body("invalid_client", 700027, "Client assertion contains an invalid signature. [Reason - The key was not found.]"), AuthServerRefused, 0, "Upload the certificate"},
		"a late clock":               {401, "", body("invalid_client", 700024, "Client assertion is not within its valid time range."), AuthServerRefused, 0, "clock"},
		"a missing resource":         {400, "", body("invalid_resource", 500011, "The resource principal named https://x was not found in the tenant."), AuthServerRefused, 0, "does not know the resource"},
		"conditional access":         {400, "", body("invalid_grant", 53003, "Access has been blocked by Conditional Access policies."), AuthServerRefused, 0, "Conditional Access"},
		"a directory that is away":   {400, "", body("temporarily_unavailable", 90033, "A transient error has occurred."), AuthServerUnavailable, 0, "trouble of its own"},
		"a loop":                     {400, "", body("invalid_request", 50196, "The server terminated an operation because it encountered a client request loop."), AuthServerUnavailable, time.Minute, "throttles"},
		"throttling":                 {429, "17", body("temporarily_unavailable", 1, "Too many."), AuthServerUnavailable, 17 * time.Second, "throttles"},
		"throttling until a date":    {429, "Fri, 31 Dec 1999 23:59:59 GMT", "", AuthServerUnavailable, time.Minute, "throttles"},
		"throttling for a day":       {429, "86400", "", AuthServerUnavailable, 5 * time.Minute, "throttles"},
		"trouble for some time":      {503, "30", "<html>", AuthServerUnavailable, 30 * time.Second, "trouble of its own"},
		"a status nobody expects":    {599, "", "", AuthServerUnavailable, 0, "reaches the auth server"},
		"a number nobody knows":      {400, "", body("invalid_request", 12345678, "New."), AuthServerRefused, 0, "correlation id"},
		"a word nobody knows":        {400, "", `{"error":"teapot"}`, AuthServerRefused, 0, "correlation id"},
		"an error page":              {400, "", `<html>secret</html>`, AuthServerRefused, 0, "correlation id"},
		"a redirect to another host": {302, "", "", AuthServerRefused, 0, "correlation id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, e := newEntra(t)
			s.refuse = func(w http.ResponseWriter, form url.Values) bool {
				w.Header().Set("Location", "https://elsewhere.example/")
				w.Header().Set("Retry-After", tt.header)
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
				return true
			}
			_, err := e.AccessToken(t.Context(), ewsScope, "")
			te, ok := errors.AsType[*TokenError](err)
			if !ok || te.Kind != tt.kind || te.AuthServer != "EvoSTS" {
				t.Fatalf("got %v, want kind %s", err, tt.kind)
			}
			c := te.Consequence()
			if c.Refused != (tt.kind == AuthServerRefused) || c.BackOff != tt.backOff || (c.Code == freebusy.ErrorServerBusy) != (tt.backOff > 0) || !strings.Contains(te.Remedy(), tt.remedy) {
				t.Errorf("the consequence is %+v", c)
			}
			if text := err.Error(); strings.Contains(text, "eyJ") || strings.ContainsAny(text, "\r\n") || strings.Contains(text, "<html>") {
				t.Errorf("the error says %q", text)
			}
			if refusal, _ := errors.AsType[*AuthServerError](err); refusal.AADSTS != nil && (refusal.TraceID != "t-1" || refusal.CorrelationID != "c-1") {
				t.Errorf("the ids for support are lost: %+v", refusal)
			}
		})
	}
}

func TestEntraWithoutWhatItNeeds(t *testing.T) {
	tests := map[string]struct {
		change func(*Entra)
		kind   TokenErrorKind
	}{
		"no certificate":           {func(e *Entra) { e.Certificates = Certificates{} }, CertificateUnusable},
		"an expired certificate":   {func(e *Entra) { e.Certificates = Certificates{Current: expired(t)} }, CertificateUnusable},
		"an endpoint in the clear": {func(e *Entra) { e.Endpoint = "http://login.example/x" }, AuthServerRefused},
		"nobody there":             {func(e *Entra) { e.Endpoint = "https://127.0.0.1:1/x" }, AuthServerUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, e := newEntra(t)
			tt.change(e)
			_, err := e.AccessToken(t.Context(), ewsScope, "")
			if te, ok := errors.AsType[*TokenError](err); !ok || te.Kind != tt.kind || len(s.asked()) != 0 {
				t.Errorf("got %v after %d requests, want kind %s after none", err, len(s.asked()), tt.kind)
			}
		})
	}
}

func expired(t *testing.T) *Certificate {
	t.Helper()
	c, err := NewCertificate(x509Valid(t, 1, "expired", time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1999, 6, 1, 0, 0, 0, 0, time.UTC)), testKeys[1]())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEntraIsAskedOnceByACrowd(t *testing.T) {
	s, e := newEntra(t)
	var crowd sync.WaitGroup
	for range 50 {
		crowd.Go(func() {
			if _, err := e.AccessToken(t.Context(), ewsScope, ""); err != nil {
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	if got := len(s.asked()); got != 1 {
		t.Errorf("asked %d times", got)
	}
}

// TestEntraRenewsTokensInUseAheadOfTime has the owner run it: no question waits
// for a token, and trouble of Entra ID costs none while the old one is good.
func TestEntraRenewsTokensInUseAheadOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := offlineEntra(t)
		s.base = "https://login.test"
		e.Endpoint, e.Base = s.base+entraPath, &memory{inner: s}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- e.Run(ctx) }()
		ask := func() (Token, error) { return e.AccessToken(ctx, ewsScope, "") }
		first, _ := ask()
		ask()
		time.Sleep(54 * time.Minute)
		if asked := len(s.asked()); asked != 2 {
			t.Errorf("asked %d times within 54 minutes, want it renewed once", asked)
		}
		if second, err := ask(); second == first || err != nil || len(s.asked()) != 2 {
			t.Errorf("a question waited for its token: %v", err)
		}
		s.set(func() {
			s.refuse = func(w http.ResponseWriter, _ url.Values) bool {
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}
		})
		time.Sleep(45 * time.Minute)
		if _, err := ask(); err != nil {
			t.Errorf("while it is still good the old token is not used: %v", err)
		}
		time.Sleep(time.Hour)
		if _, err := ask(); err == nil {
			t.Error("an expired token is served")
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run ends with %v", err)
		}
	})
}

// TestNothingOfEntraPrintsASecret prints all that holds one.
func TestNothingOfEntraPrintsASecret(t *testing.T) {
	s, e := newEntra(t)
	var log bytes.Buffer
	e.Log = slog.New(slog.NewTextHandler(&log, nil))
	token, err := e.AccessToken(t.Context(), ewsScope, "")
	if err != nil {
		t.Fatal(err)
	}
	s.set(func() { // it throws our own words back at us
		s.refuse = func(w http.ResponseWriter, form url.Values) bool {
			w.WriteHeader(http.StatusUnauthorized)
			json.NewEncoder(w).Encode(map[string]any{"error": "invalid_client", "error_description": "AADSTS700027: " + form.Get("client_assertion")})
			return true
		}
	})
	e.Certificates.Previous = certificate(t, 1)
	_, refused := e.AccessToken(t.Context(), "https://other.example/.default", "")
	e.Base = nil // goroutines of net/http go on changing it
	e.Log.Info("all", "entra", e, "token", token, "err", refused)
	secrets := []string{token.Reveal(), testKeys[0]().D.String(), fmt.Sprint(testKeys[0]().Primes[0])}
	for _, form := range s.asked() {
		secrets = append(secrets, form.Get("client_assertion"))
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		printed := fmt.Sprintf(verb+verb+verb, e, token, refused) + log.String()
		for _, secret := range secrets {
			if strings.Contains(printed, secret) {
				t.Errorf("%s prints %.20s...", verb, secret)
			}
		}
	}
}
