package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"availproxy/cmd/internal/history"
	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
)

// toWhoAsked shows everything but tokens and SIDs: whoever asks has named the
// mailboxes.
var toWhoAsked = history.Show{
	Mailbox:   func(m freebusy.Mailbox) string { return m.Address },
	Principal: func(history.Asker) string { return "" }, // whoever runs the command
	Text:      telemetry.Discretion(nil).Hide,
}

// story is that of the only question that was asked, if anybody wants to know it.
func (l *lookup) story(past *history.History) *history.Story {
	told := past.Document(toWhoAsked).Questions
	if !l.explain || len(told) == 0 {
		return nil
	}
	return &told[0]
}

// printStory writes what a question has met, as a list of what there was of it.
func printStory(w io.Writer, s *history.Story) error {
	var b strings.Builder
	for _, step := range s.Discovery {
		part(&b, "discovery", step.MS, step.Name, step.From, step.Server, step.Status, step.Code, step.Error)
	}
	for _, t := range s.Tokens {
		from := ""
		if t.FromMemory {
			from = "from memory"
		}
		part(&b, "token", t.MS, t.AuthServer, cmp.Or(t.Error, t.Outcome), from)
		if t.Claims != "" {
			fmt.Fprintf(&b, "%26s%s\n", "", t.Claims)
		}
	}
	for _, u := range s.Upstream {
		part(&b, "request", u.MS, u.Method, u.URL, u.Status, named("ours", u.ClientRequestID), named("theirs", u.RequestID), u.Diagnostics, u.Error)
	}
	for _, m := range s.Mailboxes {
		if m.Reason != "" {
			fmt.Fprintf(&b, "because    %s: %s: %s\n", m.Mailbox, m.Code, m.Reason)
		}
	}
	if s.Fault != nil {
		fmt.Fprintf(&b, "because    %s: %s\n", s.Fault.Code, cmp.Or(s.Fault.Reason, s.Fault.Text))
	}
	for _, remedy := range s.Remedies {
		fmt.Fprintf(&b, "remedy     %s\n", remedy)
	}
	for _, cause := range s.Causes {
		fmt.Fprintf(&b, "cause      %s; see availproxy explain\n", cause)
	}
	fmt.Fprintf(&b, "trace      %s\n", s.ID)
	_, err := io.WriteString(w, b.String())
	return err
}

// part is one line: what it is, how long it took, and all that is known of it.
func part(b *strings.Builder, what string, ms float64, known ...string) {
	fmt.Fprintf(b, "%-10s %10.1f ms", what, ms)
	for _, text := range known {
		if text != "" {
			b.WriteString("  " + text)
		}
	}
	b.WriteByte('\n')
}

func named(name, value string) string {
	if value == "" {
		return ""
	}
	return name + "=" + value
}
