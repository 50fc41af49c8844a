package integration

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"availproxy/integration/forest"
	"availproxy/integration/realm"
)

// keptConnection is one on which an account has logged on.
type keptConnection struct {
	t     *testing.T
	says  io.Writer
	hears *bufio.Scanner
}

// byPassword keeps a connection that NTLM has authenticated.
func byPassword(t *testing.T, p *proxy, scheme string) *keptConnection {
	t.Helper()
	o := p.forests[0].Organization
	password := filepath.Join(t.TempDir(), "password")
	write(t, password, []byte(o.Password))
	return keepConnection(t, p, append(python("ntlm_connection.py")(t), p.url, `CONTOSO\`+o.User, password, scheme), os.Environ())
}

// byTicket keeps a connection on which each request has a ticket.
func byTicket(t *testing.T, p *proxy, variables []string) *keptConnection {
	t.Helper()
	command := append(python("kerberos_connection.py")(t), p.url)
	realm.NeedsModule(t, command[0], "gssapi")
	return keepConnection(t, p, command, append(os.Environ(), variables...))
}

func keepConnection(t *testing.T, p *proxy, command, environment []string) *keptConnection {
	t.Helper()
	process := exec.Command(command[0], command[1:]...) // ends when nobody asks any more
	process.Env = append(environment, "REQUESTS_CA_BUNDLE="+filepath.Join(p.dir, "ca.pem"))
	process.Stderr = os.Stderr
	in, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &keptConnection{t, in, bufio.NewScanner(out)}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := process.Wait(); err != nil {
			t.Error(err)
		}
	})
	c.expect("at first", "500")
	return c
}

// expect reads the status of one answer.
func (c *keptConnection) expect(when, status string) {
	c.t.Helper()
	if !c.hears.Scan() || c.hears.Text() != status {
		c.t.Fatalf("%s: got %q %v, want %s", when, c.hears.Text(), c.hears.Err(), status)
	}
}

// asks sends another request on the connection.
func (c *keptConnection) asks(when, status string) {
	c.t.Helper()
	if _, err := c.says.Write([]byte("\n")); err != nil {
		c.t.Fatal(err)
	}
	c.expect(when, status)
}

// TestAReloadEndsWhatAConnectionMay takes the permission from an account that
// keeps its connection. The document that it posts is none, which only those are
// told who may ask.
func TestAReloadEndsWhatAConnectionMay(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs programs of others")
	}
	f := newForest(t, forest.Options{})
	for _, scheme := range []string{"NTLM", "Negotiate"} {
		t.Run(scheme, func(t *testing.T) {
			p := serve(t, []*forest.Forest{f}, byNTLM(t, f))
			c := byPassword(t, p, scheme)
			c.asks("without credentials, on its connection", "500")
			p.configure(t, replace(t, `allow: ['CONTOSO\`, `allow: ['FABRIKAM\`))
			p.reload(t)
			c.asks("after a reload", "401")
		})
	}
}

// TestAReloadEndsWhatATicketMay is the same for Kerberos, whose logons are for one
// request each: the ticket is as good as ever, and its owner may not ask.
func TestAReloadEndsWhatATicketMay(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs programs of others")
	}
	r := realm.Start(t, "CONTOSO.TEST")
	service, machine := r.Account(t, "HTTP/localhost"), r.Account(t, "EX2010$")
	f := newForest(t, forest.Options{})
	p := serve(t, []*forest.Forest{f}, byKerberos(t, f, service))
	c := byTicket(t, p, r.LogOn(t, "EX2010$", machine))
	c.asks("with another token, on its connection", "500")
	p.configure(t, replace(t, "EX2010$@CONTOSO.TEST", "EX2013$@CONTOSO.TEST"))
	p.reload(t)
	c.asks("after a reload without its name", "403")
	p.configure(t, replace(t, "EX2013$@CONTOSO.TEST", "EX2010$@CONTOSO.TEST"))
	p.reload(t)
	c.asks("after a reload with its name", "500")
}
