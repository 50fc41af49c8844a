package integration

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"availproxy/integration/forest"
)

// client is an EWS client that others wrote.
type client struct {
	generation forest.Generation           // whose words it knows
	driver     func(t *testing.T) []string // the program in clients that makes it ask; skips the test where a part is missing
	domain     string                      // of the account that it logs on with by NTLM; "": by Basic
	principal  string                      // that it logs on as with Kerberos instead, by tickets in its environment
	front      bool                        // whether it cannot ask the proxy itself
	fragile    func(code string) bool      // whether it loses the whole answer over one mailbox with that code; nil: never
}

// clock is how a driver is told a time, and how it tells one: on the wall clock
// of the zone that the client asks in.
const clock = "2006-01-02T15:04:05"

// heard is what a client understood, with its times as moments.
type heard struct {
	Fault     string // what it said when it understood nothing
	Mailboxes []forest.MailboxReply
}

// ask lets the client ask p and returns what it understood of each mailbox.
func (c client) ask(t *testing.T, p *proxy, zone forest.Zone, q forest.Question) []forest.MailboxReply {
	t.Helper()
	h := c.hear(t, p, zone, q)
	if h.Fault != "" || len(h.Mailboxes) != len(q.Mailboxes) {
		t.Fatalf("of %d mailboxes it understood %d: %s", len(q.Mailboxes), len(h.Mailboxes), h.Fault)
	}
	return h.Mailboxes
}

func (c client) hear(t *testing.T, p *proxy, zone forest.Zone, q forest.Question) (h heard) {
	t.Helper()
	command, o, url := c.driver(t), p.forests[0].Organization, p.url
	user := o.User
	if c.domain != "" {
		user = c.domain + `\` + user
	}
	user = cmp.Or(c.principal, user)
	if c.front {
		url = front(t, p).URL + forest.Path
	}
	command = append(command, url, user, passwordFile(t, o), zoneArgument(zone), zone.Wall(q.From).Format(clock), zone.Wall(q.To).Format(clock))
	out := run(t, filepath.Join(p.dir, "ca.pem"), append(command, q.Mailboxes...)...)
	if err := json.Unmarshal(out, &h); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, m := range h.Mailboxes {
		for i, e := range m.Entries {
			m.Entries[i].Start, m.Entries[i].End = zone.Instant(e.Start), zone.Instant(e.End)
		}
	}
	return h
}

// passwordFile holds the password of the account that the old servers ask with.
func passwordFile(t *testing.T, o *forest.Organization) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(o.Password), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// zoneArgument is a zone as the drivers read it.
func zoneArgument(z forest.Zone) string {
	change := func(s forest.Switch) string {
		if s.Month == 0 {
			s.Time = "00:00:00"
		}
		return fmt.Sprintf("%d %d %d %s %s", s.Bias, s.Month, s.DayOrder, s.DayOfWeek, s.Time)
	}
	return strings.Join([]string{z.Name, z.ID, fmt.Sprint(z.Bias), change(z.Standard), change(z.Daylight)}, "|")
}

// run runs a program that trusts the certificates in ca, and returns what it
// printed.
func run(t *testing.T, ca string, command ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.WaitDelay = time.Second
	cmd.Env = append(os.Environ(), "REQUESTS_CA_BUNDLE="+ca, "NODE_EXTRA_CA_CERTS="+ca)
	if modules := os.Getenv("AVAILPROXY_NODE_MODULES"); modules != "" {
		cmd.Env = append(cmd.Env, "NODE_PATH="+modules)
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", command[0], err, out, &complaints)
	}
	return out
}
