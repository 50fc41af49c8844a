package server

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"availproxy/cmd/internal/check"
	"availproxy/freebusy"
)

// checkRoute says which connector a mailbox belongs to, and by which rule.
func (w *wiring) checkRoute(mailbox string) check.Finding {
	m := freebusy.SMTP(mailbox)
	f := check.Finding{ID: "routing.connector", Severity: check.OK, Subject: m.Domain(), Expected: "a connector with that domain in target_address_domains"}
	name, ok := w.directory.ConnectorFor(m)
	if !ok {
		code := freebusy.ErrorAddressSpaceNotFound
		f.Severity, f.Cause, f.Fix = check.Fail, string(code.Cause()), code.Remedy()
		f.Seen = "no enabled connector is for it; " + w.domainsServed()
		return f
	}
	var rules []string
	for _, d := range w.forests[name].connector.TargetAddressDomains {
		if d.Matches(m.Domain()) {
			rules = append(rules, string(d))
		}
	}
	f.Seen = fmt.Sprintf("%s of connector %s", strings.Join(rules, ", "), name)
	return f
}

// domainsServed says which domains there are, and by whom they would be served if
// they were enabled.
func (w *wiring) domainsServed() string {
	var served, disabled []string
	for _, c := range w.config.Connectors {
		if c.Enabled {
			served = append(served, words(c.TargetAddressDomains)...)
		} else {
			disabled = append(disabled, fmt.Sprintf("%s (%s)", c.Name, strings.Join(words(c.TargetAddressDomains), ", ")))
		}
	}
	seen := "there are " + cmp.Or(strings.Join(served, ", "), "none")
	if len(disabled) > 0 {
		seen += "; disabled are " + strings.Join(disabled, ", ")
	}
	return seen
}

// checkBackEnds asks each back end of a forest about the mailbox, where there are
// two, and compares them where one is the shadow of the other.
func (w *wiring) checkBackEnds(ctx context.Context, f *forest, mailbox string) []check.Finding {
	if f.graph == nil || !f.connector.AsksEWS() || !w.holds(f, mailbox) {
		return w.checkShadow(ctx, f, mailbox)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Duration(f.connector.Timeout))
	defer cancel()
	m := freebusy.SMTP(mailbox)
	var findings []check.Finding
	if _, route := w.directory.Explain(ctx, m); route.Err == nil && route.Endpoint != f.graph.url {
		findings = append(findings, f.checkBackEnd(ctx, "lookup.ews", backEnd{"ews", f.endpoint(route.Endpoint).source}, m))
	}
	findings = append(findings, f.checkBackEnd(ctx, "lookup.graph", backEnd{"graph", f.graph.source}, m))
	return append(findings, w.checkShadow(ctx, f, mailbox)...)
}

func (f *forest) checkBackEnd(ctx context.Context, id string, b backEnd, m freebusy.Mailbox) check.Finding {
	finding := check.Finding{ID: id, Severity: check.OK, Subject: f.connector.Name + " by " + b.name, Expected: "free/busy times"}
	began := time.Now()
	q := nextWeek(m, freebusy.Detailed)
	answer := askOne(ctx, b.source, q)
	took := time.Since(began).Round(time.Millisecond)
	if answer.Err != nil {
		finding.Severity, finding.Cause = check.Fail, string(answer.Err.Cause())
		finding.Seen = fmt.Sprintf("%s\nafter %s", failure(answer.Err), took)
		finding.Fix = cmp.Or(answer.Err.Remedy(), "Give a mailbox that has a calendar.")
		return finding
	}
	finding.Seen = fmt.Sprintf("%s, in %s", counted(answer.Calendar, q.Window), took)
	return finding
}

// counted sums a calendar up without what is in it.
func counted(c *freebusy.Calendar, w freebusy.Window) string {
	entries := 0
	for _, e := range c.Events {
		if w.Holds(e) {
			entries++
		}
	}
	view := "with details"
	switch {
	case c.Merged != nil:
		view = "merged only"
	case c.Detail < freebusy.Detailed:
		view = "without details"
	}
	return fmt.Sprintf("%d entries in seven days, %s", entries, view)
}
