package plants

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"availproxy/integration/forest"
	"availproxy/integration/forest/s2s"
)

// Plant is one failure.
type Plant struct {
	Name  string // in a few words
	Cause string // its id in the catalogue

	Mailbox string // that is asked about; "" is Alice

	// Question reports whether somebody who asks about Mailbox meets the failure.
	// Where nobody does, only an export of Exchange's settings shows it.
	Question bool

	organization func(*forest.Organization) error // before the forest learns of it
	options      func(*forest.Options)
	made         func(*forest.Forest)               // before it serves
	config       func(*forest.Forest, edit) edit    // of the proxy
	files        func(*forest.Forest, string) error // in the directory of the configuration, after it was written
	exports      map[string]string                  // content by file name
	webProxy     int                                // the status with which a web proxy refuses everybody; 0 is none
}

// edit is a configuration under way.
type edit string

// with adds top-level keys.
func (e edit) with(keys string) edit { return e + "\n" + edit(keys) + "\n" }

// replace changes a text; one that is not there is a mistake of this table.
func (e edit) replace(old, new string) edit {
	if !strings.Contains(string(e), old) {
		panic(fmt.Sprintf("plants: the configuration holds no %q", old))
	}
	return edit(strings.ReplaceAll(string(e), old, new))
}

// graph has the proxy ask Microsoft Graph alone.
func (e edit) graph() edit {
	e = edit(strings.ReplaceAll(string(e), "\n#+", "\n"))
	return e.replace("backend: auto", "backend: graph").replace("    shadow: graph\n", "")
}

// alice shows everything to everybody; see [forest.Seeded].
const alice = "alice@fabrikam.example"

// Staged is a Plant in the ground: a forest that serves, and files for a proxy.
type Staged struct {
	Forest  *forest.Forest
	Config  string // path of the configuration
	Exports []string
	Mailbox string

	webProxy *httptest.Server
}

// Close ends the forest, and what stands beside it.
func (s *Staged) Close() error {
	if s.webProxy != nil {
		s.webProxy.Close()
	}
	return s.Forest.Close()
}

// Stage starts a forest with the failure and writes all that a proxy needs into
// dir. Each call makes new keys, which takes a moment. ctx bounds the start alone.
func (p Plant) Stage(ctx context.Context, dir string) (*Staged, error) {
	organization, err := forest.NewOrganization("")
	if err == nil && p.organization != nil {
		err = p.organization(organization)
	}
	if err != nil {
		return nil, err
	}
	o := forest.Options{Seed: 1, Organization: organization}
	if p.options != nil {
		p.options(&o)
	}
	f, err := forest.New(o)
	if err != nil {
		return nil, err
	}
	if p.made != nil {
		p.made(f)
	}
	if err := f.Start(ctx); err != nil {
		return nil, err
	}
	staged := &Staged{Forest: f, Config: filepath.Join(dir, "config.yaml"), Mailbox: p.Mailbox}
	if staged.Mailbox == "" {
		staged.Mailbox = alice
	}
	if err := p.write(staged, dir); err != nil {
		return nil, errors.Join(err, staged.Close())
	}
	return staged, nil
}

func (p Plant) write(s *Staged, dir string) error {
	material := forest.Material{Forests: []*forest.Forest{s.Forest}, Proxy: "127.0.0.1:0", Admin: "127.0.0.1:0"}
	if _, err := material.Write(dir); err != nil {
		return err
	}
	if p.files != nil {
		if err := p.files(s.Forest, dir); err != nil {
			return err
		}
	}
	if p.config != nil {
		text, err := os.ReadFile(s.Config)
		if err != nil {
			return err
		}
		if err := os.WriteFile(s.Config, []byte(p.config(s.Forest, edit(text))), 0o600); err != nil {
			return err
		}
	}
	if p.webProxy != 0 {
		s.webProxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(p.webProxy) }))
		text, err := os.ReadFile(s.Config)
		if err != nil {
			return err
		}
		if err := os.WriteFile(s.Config, []byte(edit(text).with(`internet_web_proxy: "`+s.webProxy.URL+`"`)), 0o600); err != nil {
			return err
		}
	}
	for name, content := range p.exports {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return err
		}
		s.Exports = append(s.Exports, path)
	}
	return nil
}

// behave gives every user of autodiscover that Behaviour.
func behave(b s2s.Behaviour) func(*forest.Forest) {
	return func(f *forest.Forest) { f.Autodiscover.Behaviours = map[string]s2s.Behaviour{"*": b} }
}

// fault is what EWS does wrong.
func fault(faults forest.Faults) func(*forest.Forest) {
	return func(f *forest.Forest) { f.EWS.Faults.Set(faults) }
}

func graphFault(faults forest.Faults) func(*forest.Forest) {
	return func(f *forest.Forest) { f.Graph.Faults.Set(faults) }
}

// forMailbox is what EWS says about Alice alone.
func forMailbox(code, text string) func(*forest.Forest) {
	return fault(forest.Faults{Mailbox: map[string]forest.MailboxFault{alice: {Code: code, Text: text}}})
}

// application changes the registration in Entra.
func application(change func(*s2s.Application)) func(*forest.Forest) {
	return func(f *forest.Forest) { change(&f.Entra.Directories[0].Applications[0]) }
}

func onGraph(_ *forest.Forest, e edit) edit { return e.graph() }

// actingAs has the proxy ask for a mailbox of its own side.
func actingAs(who string) func(*forest.Forest, edit) edit {
	return func(_ *forest.Forest, e edit) edit {
		return e.replace("    cloud: none\n", "    cloud: none\n    act_as: "+who+"\n")
	}
}

// leadTo sends what is meant for a host of the forest elsewhere.
func leadTo(address string, host func(*forest.Forest) string) func(*forest.Forest, edit) edit {
	return func(f *forest.Forest, e edit) edit {
		return e.replace(fmt.Sprintf("%q: %q", host(f)+":443", f.ConnectTo()[host(f)+":443"]), fmt.Sprintf("%q: %q", host(f)+":443", address))
	}
}

func ews(f *forest.Forest) string          { return f.Host() }
func autodiscover(f *forest.Forest) string { return "autodiscover." + f.Domain() }
func acs(f *forest.Forest) string          { return strings.TrimPrefix(f.AuthServer(), "ACS-") }

// nowhere is a loopback port on which nobody listens (RFC 6335: tcpmux).
const nowhere = "127.0.0.1:1"

// nameless is no host name to DNS, which is not even asked: it is all digits (RFC
// 1123 2.1 leaves those to addresses).
const nameless = "999.999:443"

const hours = 7 * time.Hour

var oldTLS = uint16(tls.VersionTLS11)
