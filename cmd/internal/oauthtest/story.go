package oauthtest

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"availproxy/oauth"
)

// Story is what happened, line by line. It may be told from several goroutines and
// must not be copied.
type Story struct {
	Verbose bool // with the claims of tokens, and with every challenge

	mu       sync.Mutex // guards what follows
	lines    []string
	accepted bool
	open     bool
}

// Begin tells when the configuration was read, as the cmdlet does first.
func (s *Story) Begin(loaded, now time.Time, requestID string) {
	s.line("The configuration was last successfully loaded at %s UTC. This was %d minutes ago.",
		loaded.UTC().Format(time.DateTime), int(now.Sub(loaded)/time.Minute))
	s.line("The token cache is being cleared because \"use cached token\" was set to false.")
	s.line("Exchange Outbound Oauth Log:")
	s.line("Client request ID: %s", requestID)
}

// Tell adds a step.
func (s *Story) Tell(step, format string, args ...any) {
	s.line("Information:[oauth:%s] %s", step, fmt.Sprintf(format, args...))
}

// End tells what came back, and the exception, if there was one.
func (s *Story) End(response, exception string) {
	s.line("Exchange Response Details:")
	s.line("HTTP response message: %s", response)
	if exception != "" {
		s.line("Exception: %s", discreet(exception))
	}
}

// address is a mailbox, or a principal, which looks alike.
var address = regexp.MustCompile(`([\w.+-]+)@(\w[\w.-]*)`)

// principal is what stands before the @ where that is no person.
var principal = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// discreet shows of addresses the domain alone.
func discreet(text string) string {
	return address.ReplaceAllStringFunc(text, func(found string) string {
		local, domain, _ := strings.Cut(found, "@")
		if principal.MatchString(local) {
			return found
		}
		return "***@" + domain
	})
}

func (s *Story) line(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

// Accepted reports whether somebody has taken a token: the last request with one
// was answered with 200.
func (s *Story) Accepted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

// Open reports whether somebody gave an answer without asking for a token.
func (s *Story) Open() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// String is the whole story.
func (s *Story) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// Witness tells of each request that passes to base, and of its answer.
func (s *Story) Witness(base http.RoundTripper) http.RoundTripper { return witness{base, s} }

type witness struct {
	base  http.RoundTripper
	story *Story
}

// RoundTrip implements [http.RoundTripper].
func (w witness) RoundTrip(req *http.Request) (*http.Response, error) {
	token, bears := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	probe := bears && strings.TrimSpace(token) == ""
	if !probe {
		w.story.Tell("send", "send request to '%s' with %s", shown(req), w.story.bearer(token))
	}
	resp, err := w.base.RoundTrip(req)
	switch {
	case err != nil:
		w.story.Tell("answer", "no answer from '%s': %v", req.URL.Host, err)
	case probe:
		w.story.probed(resp)
		w.story.Tell("challenge", "challenge from '%s' received: %s", shown(req), w.story.challenge(resp))
	default:
		w.story.answered(token != "", resp)
	}
	return resp, err
}

// shown is where a request goes, without the mailboxes that a path may hold.
func shown(req *http.Request) string {
	segments := strings.Split(req.URL.Path, "/")
	for i, segment := range segments {
		if strings.Contains(segment, "@") {
			segments[i] = "(mailbox)"
		}
	}
	return req.URL.Scheme + "://" + req.URL.Host + strings.Join(segments, "/")
}

// bearer shows a token without its signature, and of persons only their domain.
func (s *Story) bearer(token string) string {
	told, err := oauth.Inspect(token)
	switch {
	case token == "":
		return "no token"
	case err != nil:
		return "a token that cannot be read" // those of Entra ID need not be JWTs
	case s.Verbose:
		return fmt.Sprintf("the bearer token: '%s'", told.Masked())
	}
	_, expires := told.Lifetime()
	kind := "an application token"
	if told.Actor != nil {
		kind = "a token for a user"
	}
	return fmt.Sprintf("%s for '%v', valid until %s", kind, told.Claims["aud"], expires.UTC().Format(time.RFC3339))
}

func (s *Story) probed(resp *http.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = resp.StatusCode < http.StatusMultipleChoices
}

func (s *Story) challenge(resp *http.Response) string {
	lines := strings.Join(resp.Header.Values("WWW-Authenticate"), ", ")
	if lines == "" {
		return resp.Status + ", and no challenge"
	}
	if challenge, err := oauth.ParseChallenge(resp.Header); err == nil && !s.Verbose {
		return fmt.Sprintf("client-id: '%s', realm: '%s', trusted_issuer: '%v'", challenge.ClientID, challenge.Realm, challenge.TrustedIssuers)
	}
	return lines
}

// answered notes whether a token was taken, and what was said of it.
func (s *Story) answered(withToken bool, resp *http.Response) {
	said := resp.Status
	if why := oauth.ParseDiagnostics(resp.Header); why.Code != 0 {
		said += " x-ms-diagnostics: " + why.String()
	}
	s.Tell("answer", "%s", discreet(said))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted = withToken && resp.StatusCode == http.StatusOK
}
