package integration

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"availproxy/integration/forest"
)

// keptConnection is one that has been authenticated by NTLM.
type keptConnection struct {
	t     *testing.T
	says  io.Writer
	hears *bufio.Scanner
}

func keepConnection(t *testing.T, p *proxy) *keptConnection {
	t.Helper()
	o := p.forests[0].Organization
	password := filepath.Join(t.TempDir(), "password")
	write(t, password, []byte(o.Password))
	command := append(python("ntlm_connection.py")(t), p.url, `CONTOSO\`+o.User, password)
	process := exec.Command(command[0], command[1:]...) // ends when nobody asks any more
	process.Env = append(os.Environ(), "REQUESTS_CA_BUNDLE="+filepath.Join(p.dir, "ca.pem"))
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
	p := serve(t, []*forest.Forest{f}, byNTLM(t, f))
	c := keepConnection(t, p)
	c.asks("without credentials, on its connection", "500")
	p.configure(t, replace(t, `allow: ['CONTOSO\`, `allow: ['FABRIKAM\`))
	p.reload(t)
	c.asks("after a reload", "401")
}
