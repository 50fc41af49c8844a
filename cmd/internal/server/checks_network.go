package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/config"
	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
	"availproxy/oauth"
)

// destination is a host that questions of a forest need.
type destination struct {
	what    string // "autodiscover", "EWS", ...
	url     string
	trusted config.Path
	allowed []netip.Prefix
}

const serverOfTokens = "auth server "

// destinations are all that can be told from the configuration, auth servers
// first: without them nobody else is asked.
func (w *wiring) destinations(f *forest) []destination {
	var all []destination
	add := func(what, u string, trusted config.Path, allowed []netip.Prefix) {
		same := func(d destination) bool { return hostIn(d.url) == hostIn(u) }
		if hostIn(u) != "" && !slices.ContainsFunc(all, same) {
			all = append(all, destination{what, u, trusted, allowed})
		}
	}
	for _, s := range w.config.AuthServers {
		uses := f.connector.AsksEWS() && s.Name == f.connector.AuthServer || f.connector.AsksGraph() && s.Name == f.connector.Graph.AuthServer
		if !s.Enabled || !uses {
			continue
		}
		for _, u := range []string{string(s.AuthMetadataURL), string(s.TokenIssuingEndpoint)} {
			add(serverOfTokens+s.Name, u, s.TrustedRoots, s.AllowedNetworks.Prefixes())
		}
		if login := w.config.Cloud(s.Cloud).Login; s.Type == config.AzureAD && login != "" {
			add(serverOfTokens+s.Name, "https://"+login+"/", s.TrustedRoots, s.AllowedNetworks.Prefixes())
		}
	}
	own := func(what, u string) { add(what, u, f.connector.TrustedRoots, f.connector.AllowedNetworks.Prefixes()) }
	if f.connector.AsksEWS() {
		if u := f.connector.TargetSharingEPR; u != "" {
			own("EWS", string(u))
		} else {
			own("autodiscover", f.firstURL())
		}
	}
	if f.graph != nil {
		own("Graph", f.graph.url)
	}
	return all
}

func hostIn(u string) string {
	parsed, err := url.Parse(u)
	if err != nil {
		return ""
	}
	return strings.ToLower(parsed.Host)
}

// contact is what became of one request without a token.
type contact struct {
	destination
	address            string // IP and port that were tried
	name, connect, tls time.Duration
	version            uint16 // of TLS
	status             int
	took               time.Duration
	offset             time.Duration // of the clock there; positive: it is ahead of ours
	dated              bool
	err                error
}

// contact makes one request on a connection of its own, which it closes. Any
// answer will do. It may block until ctx ends.
func (d destination) contact(ctx context.Context, c *config.Config, wire *wireLog) contact {
	to := contact{destination: d}
	base, err := outbound(c, d.trusted, d.allowed, wire)
	if err != nil {
		to.err = err
		return to
	}
	began := time.Now()
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, to.clock()), http.MethodGet, d.url, nil)
	if err != nil {
		to.err = err
		return to
	}
	request.Close = true
	asked := time.Now()
	response, err := client(base).Do(request)
	to.took = time.Since(began)
	if err != nil {
		to.err = err
		return to
	}
	upstream.HangUp(response.Body)
	to.status = response.StatusCode
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		date = date.Add(500 * time.Millisecond) // it is cut off to the second
		to.dated, to.offset = true, date.Sub(asked.Add(to.took/2)).Round(time.Second)
	}
	return to
}

// clock notes how long each step takes.
func (to *contact) clock() *httptrace.ClientTrace {
	var name, connect, handshake time.Time
	return &httptrace.ClientTrace{
		DNSStart:          func(httptrace.DNSStartInfo) { name = time.Now() },
		DNSDone:           func(httptrace.DNSDoneInfo) { to.name = time.Since(name) },
		ConnectStart:      func(_, address string) { connect, to.address = time.Now(), address },
		ConnectDone:       func(_, address string, _ error) { to.connect, to.address = time.Since(connect), address },
		TLSHandshakeStart: func() { handshake = time.Now() },
		TLSHandshakeDone:  func(s tls.ConnectionState, _ error) { to.tls, to.version = time.Since(handshake), s.Version },
		GotConn:           func(i httptrace.GotConnInfo) { to.address = i.Conn.RemoteAddr().String() },
	}
}

// steps tells the way to an answer, or as far as it went.
func (to contact) steps(c *config.Config) string {
	var steps []string
	step := func(format string, args ...any) { steps = append(steps, fmt.Sprintf(format, args...)) }
	if to.name > 0 {
		step("name %s", to.name.Round(time.Millisecond))
	}
	switch {
	case to.address != "" && to.err != nil:
		step("tried %s for %s", to.address, to.connect.Round(time.Millisecond))
	case to.address != "":
		step("%s connected in %s", to.address, to.connect.Round(time.Millisecond))
	}
	if to.version != 0 {
		step("%s in %s", tls.VersionName(to.version), to.tls.Round(time.Millisecond))
	}
	if to.status != 0 {
		step("status %d after %s", to.status, to.took.Round(time.Millisecond))
	}
	if proxy := to.through(c); proxy != "" {
		step("through the web proxy %s", proxy)
	}
	return strings.Join(steps, ", ")
}

// through is the host of the web proxy on the way, if there is one.
func (to contact) through(c *config.Config) string {
	find := webProxy(c)
	u, err := url.Parse(to.url)
	if find == nil || err != nil {
		return ""
	}
	if proxy, err := find(&http.Request{URL: u}); err == nil && proxy != nil {
		return proxy.Host
	}
	return ""
}

// checkNetwork contacts all destinations of a forest.
func (w *wiring) checkNetwork(ctx context.Context, f *forest, destinations ...destination) []check.Finding {
	var findings []check.Finding
	var made []contact
	for _, d := range destinations {
		limited, cancel := context.WithTimeout(ctx, time.Duration(f.connector.Timeout))
		to := d.contact(limited, w.config, f.wire)
		cancel()
		made = append(made, to)
		findings = append(findings, w.reached(f, to))
	}
	if clock := compareClocks(made); clock.ID != "" {
		clock.Scope = f.connector.Name
		findings = append(findings, clock)
	}
	return findings
}

func (w *wiring) reached(f *forest, to contact) check.Finding {
	finding := check.Finding{
		ID: "network.reach", Severity: check.OK, Scope: f.connector.Name, Subject: fmt.Sprintf("%s, %s of %s", hostIn(to.url), to.what, f.connector.Name),
		Seen: to.steps(w.config), Expected: "a connection with TLS, and any answer",
	}
	if to.err == nil {
		return finding
	}
	why := unreached(to.err)
	finding.Severity, finding.Cause, finding.Fix = check.Fail, string(why.Cause), why.Remedy
	if strings.HasPrefix(to.what, serverOfTokens) && to.through(w.config) == "" {
		finding.Cause = string(freebusy.ConsequenceOf(freebusy.Reason(oauth.AuthServerUnavailable)).Cause) // as a question would meet it
	}
	finding.Seen = strings.TrimPrefix(finding.Seen+"\n"+withoutQuestion(to.err).Error(), "\n")
	return finding
}

// unreached is why a destination does not answer.
func unreached(err error) freebusy.Consequence {
	if told, ok := errors.AsType[freebusy.Explained](err); ok {
		return told.Consequence()
	}
	dialling, ok := errors.AsType[*net.OpError](err)
	late := errors.Is(err, context.DeadlineExceeded)
	if late && (!ok || dialling.Op != "dial") {
		return freebusy.Consequence{Cause: freebusy.ErrorTimeoutExpired.Cause(), Remedy: freebusy.ErrorTimeoutExpired.Remedy()}
	}
	return freebusy.ConsequenceOf(upstream.NetworkReason(err))
}

// withoutQuestion drops the method and URL that http.Client puts in front.
func withoutQuestion(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// Clocks that are further apart than the first are worth a warning; tokens fail
// beyond the second (exchange on-premises and Entra ID tolerate five minutes).
const (
	clockWarn = time.Minute
	clockFail = 5 * time.Minute
)

// compareClocks compares our clock with those of the hosts that have answered, by
// their Date (RFC 9110 6.6.1), which is exact to a second. Where all of them agree
// against us, it is ours that is wrong.
func compareClocks(made []contact) check.Finding {
	var dated []contact
	var seen []string
	right, worst := 0, contact{}
	for _, to := range made {
		if !to.dated {
			continue
		}
		dated = append(dated, to)
		seen = append(seen, fmt.Sprintf("%s: %s", hostIn(to.url), apart(to.offset)))
		if to.offset.Abs() < clockWarn {
			right++
		}
		if to.offset.Abs() > worst.offset.Abs() {
			worst = to
		}
	}
	if len(dated) == 0 {
		return check.Finding{}
	}
	f := check.Finding{
		ID: "network.clock", Severity: check.OK, Subject: "clocks of this machine and of the hosts above", Seen: strings.Join(seen, "\n"),
		Expected: fmt.Sprintf("less than %s apart; tokens fail from %s on", clockWarn, clockFail),
	}
	cause := freebusy.ConsequenceOf(freebusy.AADSTS(700024)) // of our clock
	if right > 0 {
		cause = freebusy.ConsequenceOf("diagnostics invalid_lifetime") // of theirs
	}
	switch off := worst.offset.Abs(); {
	case off >= clockFail:
		f.Severity, f.Cause, f.Fix = check.Fail, string(cause.Cause), cause.Remedy
	case off >= clockWarn:
		f.Severity, f.Fix = check.Warn, cause.Remedy
	}
	return f
}

func apart(offset time.Duration) string {
	switch {
	case offset > 0:
		return offset.String() + " ahead of ours"
	case offset < 0:
		return (-offset).String() + " behind ours"
	}
	return "as ours"
}
