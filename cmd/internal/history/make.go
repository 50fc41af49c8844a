package history

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
)

// Show decides what whoever reads stories gets to see.
type Show struct {
	Mailbox func(freebusy.Mailbox) string // its name: a pseudonym, or the address

	Principal func(Asker) string // who asked, as clients.allow writes it

	// Text makes a text fit to be seen that may name mailboxes or quote tokens.
	Text func(string) string
}

// story tells of e.
func (e *entry) story(show Show) Story {
	root := e.trace
	s := Story{
		ID: root.ID(), At: root.Start().UTC(), MS: ms(root.Duration()),
		Mailboxes: []Mailbox{}, Discovery: []Step{}, Tokens: []Token{}, Upstream: []Exchange{}, Hops: []Hop{},
	}
	for _, t := range append([]telemetry.Trace{root}, e.late...) {
		for _, hop := range t.Hops() {
			s.pass(show.hop(hop), t, root.Start())
		}
	}
	s.Causes = compact(s.Causes)
	s.Who = Who{
		Principal: s.attribute("availproxy.caller.principal"), Mechanism: s.attribute("availproxy.caller.mechanism"), Caller: s.attribute("availproxy.caller.build"),
		Generation: s.attribute("availproxy.caller.generation"), ClientRequestID: s.attribute("availproxy.client_request_id"),
		MessageID: s.attribute("availproxy.message_id"),
	}
	if e.noted {
		s.tell(&e.question, show)
	} else if code := s.attribute("error.type"); code != "" {
		s.Fault = &Fault{Code: code, Text: show.Text(s.attribute("availproxy.fault.text"))}
		s.Remedies = compact(list(s.attribute("availproxy.remedies")))
	}
	s.Outcome = cmp.Or(s.attribute("availproxy.outcome"), s.outcome())
	return s
}

// pass adds a hop to the path, and to what it is a part of.
func (s *Story) pass(hop telemetry.Hop, of telemetry.Trace, began time.Time) {
	a := hop.Attributes
	s.Hops = append(s.Hops, Hop{
		Name: hop.Name, Depth: hop.Depth, StartMS: ms(hop.Start.Sub(began)), MS: ms(hop.Duration), Late: of.Late, Attributes: a, Error: hop.Err,
	})
	if cause := a[freebusy.CauseAttribute]; cause != "" {
		s.Causes = append(s.Causes, list(cause)...)
	}
	switch {
	case strings.HasPrefix(hop.Name, "discovery."):
		s.Discovery = append(s.Discovery, Step{
			Name: hop.Name, Server: a["server.address"], Status: a["http.response.status_code"],
			Code: a["availproxy.discovery.code"], From: a["availproxy.discovery.cache"], MS: ms(hop.Duration), Error: hop.Err,
		})
	case hop.Name == "oauth.token":
		s.Tokens = append(s.Tokens, Token{
			AuthServer: a["availproxy.auth_server"], Outcome: a["availproxy.outcome"], FromMemory: a["availproxy.cache_hit"] == "true",
			Claims: a[claimsAttribute], MS: ms(hop.Duration), Error: hop.Err,
		})
	case a["url.full"] != "":
		s.Upstream = append(s.Upstream, Exchange{
			Server: a["server.address"], Method: a["http.request.method"], URL: a["url.full"], Status: a["http.response.status_code"],
			ClientRequestID: a["availproxy.client_request_id"], RequestID: a["availproxy.server_request_id"], Diagnostics: a["availproxy.diagnostics"],
			MS: ms(hop.Duration), Error: hop.Err,
		})
	}
}

// list is the value of an attribute, of which OpenTelemetry writes several texts as a
// JSON array.
func list(value string) []string {
	var all []string
	switch {
	case value == "":
	case json.Unmarshal([]byte(value), &all) != nil:
		all = []string{value}
	}
	return all
}

// claimsAttribute is that of a span about a token, without its signature.
const claimsAttribute = "availproxy.token.claims"

// attribute is that of the root.
func (s *Story) attribute(name string) string {
	if len(s.Hops) == 0 {
		return ""
	}
	return s.Hops[0].Attributes[name]
}

// tell adds what was asked, by whom, and what was answered.
func (s *Story) tell(q *question, show Show) {
	s.Who.Principal, s.Who.Mechanism = show.Principal(q.by), q.by.Mechanism
	if q.requester != "" {
		s.Who.Requester = show.Mailbox(freebusy.SMTP(q.requester))
	}
	s.Asked = &Asked{
		From: q.window.Start.UTC(), To: q.window.End.UTC(), Detail: q.detail.String(), IntervalMinutes: int(q.interval / time.Minute),
		View: s.attribute("availproxy.view"),
	}
	if q.err != nil {
		err := freebusy.AsError(q.err)
		s.Fault = &Fault{Code: string(err.Code), Text: show.Text(err.Text), Reason: reason(err, show)}
		s.advise(err)
		return
	}
	for _, m := range q.mailboxes {
		s.Mailboxes = append(s.Mailboxes, s.mailbox(q, m, show))
	}
	s.Causes, s.Remedies = compact(s.Causes), compact(s.Remedies)
}

func (s *Story) mailbox(q *question, m mailbox, show Show) Mailbox {
	told := Mailbox{Mailbox: show.Mailbox(m.Mailbox), Code: noError}
	if m.origin >= 0 {
		o := q.origins[m.origin]
		told.Connector, told.Backend, told.Endpoint, told.RequestID, told.Stale = o.Connector, o.Backend, show.Text(o.URL), o.RequestID, o.Stale
	}
	if m.err != nil {
		told.Code, told.Text, told.Reason, told.Cause = string(m.err.Code), show.Text(m.err.Text), reason(m.err, show), string(m.err.Cause())
		s.advise(m.err)
	}
	return told
}

func (s *Story) advise(err *freebusy.Error) {
	if cause := err.Cause(); cause != "" {
		s.Causes = append(s.Causes, string(cause))
	}
	if remedy := err.Remedy(); remedy != "" {
		s.Remedies = append(s.Remedies, string(err.Code)+": "+remedy)
	}
}

const noError = string(freebusy.NoError)

// reason is what callers are not told.
func reason(err *freebusy.Error, show Show) string {
	if inner := errors.Unwrap(err); inner != nil {
		return show.Text(inner.Error())
	}
	return ""
}

// outcome is for a question that came without the root that would say it.
func (s *Story) outcome() string {
	failed := 0
	for _, m := range s.Mailboxes {
		if m.Code != noError {
			failed++
		}
	}
	switch {
	case s.Fault != nil || s.Asked == nil:
		return "fault"
	case failed == 0:
		return "answered"
	case failed < len(s.Mailboxes):
		return "partial"
	}
	return "failed"
}

// hop is h as it may be seen.
func (show Show) hop(h telemetry.Hop) telemetry.Hop {
	shown := make(map[string]string, len(h.Attributes))
	for name, value := range h.Attributes {
		if value != "" {
			shown[name] = show.Text(value)
		}
	}
	h.Attributes, h.Err = shown, show.Text(h.Err)
	return h
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// compact sorts list and leaves out what repeats.
func compact(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
