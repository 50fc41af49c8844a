package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/config"
	"availproxy/discovery"
	"availproxy/freebusy"
	"availproxy/oauth"
)

// Subject narrows a check. The zero Subject is everything but a look-up.
type Subject struct {
	Connector string   // this one only
	Mailbox   string   // SMTP address to look up
	Exports   []string // files and folders of what Exchange says of itself
}

// Knows reports whether there is such a connector and whether it is enabled.
func (s *Server) Knows(connector string) bool {
	_, ok := s.current.Load().forests[connector]
	return ok
}

// Misconfigured are the findings about a configuration that cannot be used.
func Misconfigured(path string, err error) []check.Finding {
	bad := func(subject, seen, fix string) check.Finding {
		return check.Finding{ID: "configuration.valid", Severity: check.Fail, Subject: subject, Seen: seen,
			Expected: "a configuration without mistakes", Fix: fix}
	}
	problems, ok := errors.AsType[config.Errors](err)
	if !ok {
		return []check.Finding{bad(path, err.Error(), "Correct what it says, then run `availproxy config check`.")}
	}
	var findings []check.Finding
	for _, p := range problems {
		findings = append(findings, bad(fmt.Sprintf("%s:%d:%d %s", p.File, p.Line, p.Column, p.Key), p.Message, p.Hint))
	}
	return findings
}

// Check looks at what a question needs, in the order in which it needs it. It
// asks the network, only inside of While, and may block until ctx ends.
func (s *Server) Check(ctx context.Context, about Subject) []check.Finding {
	w := s.current.Load()
	findings := append(w.checkConfiguration(s.options.Path), w.checkMemory())
	findings = append(findings, w.checkClients(ctx)...)
	findings = append(findings, w.checkExports(about.Exports)...)
	findings = append(findings, w.checkCertificates()...)
	for _, name := range slices.Sorted(maps.Keys(w.forests)) {
		if about.Connector != "" && about.Connector != name {
			continue
		}
		findings = append(findings, w.checkForest(ctx, w.forests[name], about.Mailbox)...)
	}
	if about.Mailbox != "" {
		findings = append(findings, w.checkRoute(about.Mailbox), w.checkLookup(ctx, about.Mailbox))
	}
	return about.only(findings)
}

// only drops what is about other connectors.
func (s Subject) only(findings []check.Finding) []check.Finding {
	return slices.DeleteFunc(findings, func(f check.Finding) bool { return s.Connector != "" && f.Scope != "" && f.Scope != s.Connector })
}

func (w *wiring) checkConfiguration(path string) []check.Finding {
	findings := []check.Finding{{
		ID: "configuration.valid", Severity: check.OK, Subject: path,
		Seen: fmt.Sprintf("valid, %d connectors enabled", len(w.forests)),
	}}
	for _, p := range w.config.Warnings {
		findings = append(findings, check.Finding{
			ID: "configuration.warning", Severity: check.Warn, Subject: p.Key, Seen: p.Message,
			Expected: "nothing unusual", Fix: p.Hint,
		})
	}
	return findings
}

// soon is when the end of an auth certificate is worth a warning: a new one
// must reach both sides before.
const soon = 60

func (w *wiring) checkCertificates() []check.Finding {
	var findings []check.Finding
	for _, signing := range w.servers.signing {
		findings = append(findings, checkCertificate(signing))
	}
	return findings
}

func checkCertificate(signing signer) check.Finding {
	f := check.Finding{
		ID: "certificate.usable", Severity: check.OK, Subject: "auth_config",
		Expected: fmt.Sprintf("a valid certificate with %d days left or more", soon),
		Fix:      "Make a new one (`availproxy certificate new`), register it on the other side and stage it as auth_config.next_certificate.",
		Cmdlet:   "Set-AuthConfig -NewCertificateThumbprint <thumbprint> -NewCertificateEffectiveDate <date>",
	}
	if signing.server != "" {
		f.Subject = "auth server " + signing.server
		f.Fix = "Make a new one (`availproxy certificate new`), register it on the other side, then name it as certificate of the auth server."
		f.Cmdlet = ""
	}
	now := time.Now()
	if err := signing.Check(now); err != nil {
		f.Severity, f.Seen = check.Fail, err.Error()
		f.Cause = string(freebusy.ConsequenceOf(freebusy.Reason(oauth.CertificateUnusable)).Cause)
		return f
	}
	certificate := signing.Signing(now)
	f.Subject = fmt.Sprintf("%s %s", signing, certificate.Thumbprint())
	f.Seen = fmt.Sprintf("valid until %s, %d days left", certificate.X509.NotAfter.UTC().Format(time.DateOnly), signing.DaysLeft(now))
	if signing.DaysLeft(now) < soon {
		f.Severity = check.Warn
	}
	return f
}

// checkForest tries the ways to a forest, step by step: the hosts that it takes,
// a token, discovery of the mailbox, if it is one of that forest, and the same for
// where discovery leads; for Graph, a token. It compares both for the mailbox where
// one is the shadow of the other.
func (w *wiring) checkForest(ctx context.Context, f *forest, mailbox string) []check.Finding {
	findings := w.checkNetwork(ctx, f, w.destinations(f)...)
	if f.connector.AsksEWS() {
		findings = append(findings, w.checkEWS(ctx, f, mailbox)...)
		findings = append(findings, f.checkEWSEnd(time.Now())...)
	}
	if f.graph != nil {
		findings = append(findings, f.checkToken(ctx, f.graph.url))
	}
	findings = append(findings, w.checkBackEnds(ctx, f, mailbox)...)
	for i := range findings {
		findings[i].Scope = f.connector.Name
	}
	return findings
}

func (w *wiring) checkEWS(ctx context.Context, f *forest, mailbox string) []check.Finding {
	findings := []check.Finding{f.checkToken(ctx, f.firstURL())}
	if !w.holds(f, mailbox) || f.connector.TargetSharingEPR != "" || f.connector.Backend == config.GraphBackend {
		return findings
	}
	finding, endpoint := w.checkDiscovery(ctx, f.connector.Name, freebusy.SMTP(mailbox))
	findings = append(findings, finding)
	if endpoint == "" || hostIn(endpoint) == hostIn(f.firstURL()) {
		return findings
	}
	found := destination{"EWS", endpoint, f.connector.TrustedRoots, f.connector.AllowedNetworks.Prefixes()}
	findings = append(findings, w.checkNetwork(ctx, f, found)...)
	return append(findings, f.checkToken(ctx, endpoint))
}

// firstURL is whom a question by EWS asks first: autodiscover, unless there is a
// fixed URL, or EWS is only compared with Graph.
func (f *forest) firstURL() string {
	if f.connector.Backend == config.GraphBackend {
		return f.ewsURL()
	}
	return cmp.Or(string(f.connector.TargetSharingEPR), string(f.connector.DiscoveryEndpoint), f.discover.Cloud.Discovery)
}

// holds reports whether a mailbox was named that belongs to f.
func (w *wiring) holds(f *forest, mailbox string) bool {
	if mailbox == "" {
		return false
	}
	connector, ok := w.directory.ConnectorFor(freebusy.SMTP(mailbox))
	return ok && connector == f.connector.Name
}

func (w *wiring) checkDiscovery(ctx context.Context, connector string, m freebusy.Mailbox) (check.Finding, string) {
	hops, route := w.directory.Explain(ctx, m)
	f := check.Finding{ID: "discovery.endpoint", Severity: check.OK, Subject: connector, Seen: route.Endpoint,
		Expected: "the EWS URL of the mailbox",
		Fix:      "Check discovery_endpoint and the mailbox's ExternalUrl, or set target_sharing_epr, which skips autodiscover.",
		Cmdlet:   "Get-WebServicesVirtualDirectory | Format-List Server,ExternalUrl"}
	var way []string
	for _, h := range hops {
		way = append(way, describeHop(h))
	}
	if route.Err != nil {
		f.Severity, f.Seen = check.Fail, string(route.Err.Code)+": "+fmt.Sprint(route.Err.Err)
		f.Cause, f.Fix = string(route.Err.Cause()), cmp.Or(route.Err.Remedy(), f.Fix)
	}
	if len(way) > 0 {
		f.Seen += "\n" + strings.Join(way, "\n")
	}
	return f, route.Endpoint
}

func describeHop(h discovery.Hop) string {
	text := fmt.Sprintf("%s %s: %d %s in %s", h.Via, h.URL, h.Status, h.Code, h.Took.Round(time.Millisecond))
	if h.Err != nil {
		text += ", " + h.Err.Error()
	}
	return text
}

func (w *wiring) checkLookup(ctx context.Context, mailbox string) check.Finding {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(w.config.Timeouts.Answer))
	defer cancel()
	f := check.Finding{ID: "lookup.answer", Severity: check.OK, Subject: "look-up of " + mailbox, Expected: "free/busy times",
		Fix: "The findings above say which step failed. When all are well, the other side refuses: look at the calendar's Default permission."}
	q := nextWeek(freebusy.SMTP(mailbox), freebusy.Detailed)
	began := time.Now()
	answers, err := w.source.Availability(ctx, q)
	if err != nil {
		answers = []freebusy.Answer{{Err: freebusy.AsError(err)}}
	}
	switch failed := answers[0].Err; {
	case failed != nil:
		f.Severity, f.Seen = check.Fail, failure(failed)
		f.Cause, f.Fix = string(failed.Cause()), cmp.Or(failed.Remedy(), f.Fix)
	default:
		f.Seen = fmt.Sprintf("%s, in %s", counted(answers[0].Calendar, q.Window), time.Since(began).Round(time.Millisecond))
	}
	return f
}

// Token gets the token that a connector would present to the host of url. An
// empty connector is the only one; an empty url is the connector's own.
func (s *Server) Token(ctx context.Context, connector, url string) (oauth.Token, error) {
	all := s.current.Load().forests
	if connector == "" && len(all) == 1 {
		for name := range all {
			connector = name
		}
	}
	f, ok := all[connector]
	if !ok {
		return oauth.Token{}, fmt.Errorf("want the name of one connector of %q, not %q", slices.Sorted(maps.Keys(all)), connector)
	}
	if url == "" {
		url = string(f.connector.TargetSharingEPR)
	}
	if url == "" {
		url = string(f.connector.DiscoveryEndpoint)
	}
	return f.token(ctx, url)
}
