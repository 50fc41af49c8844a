package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"availproxy/integration/forest"
)

// publicSchema are the public EWS schemas, which lie beside the repository or
// nowhere: they are no part of it.
var publicSchema = filepath.Join("..", "..", "shared", "schema")

// schemaFile skips t where there are no schemas.
func schemaFile(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(publicSchema, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the public EWS schemas are not beside the repository: %v", err)
	}
	return path
}

// conversation gathers the Bodies of what is said, in files, since xmllint
// takes longer to read the schema than to use it.
type conversation struct {
	folder string
	bodies []string
}

// ask adds what c asks and hears about everybody of f, in every view.
func (said *conversation) ask(t *testing.T, name string, c *forest.Caller, f *forest.Forest) {
	t.Helper()
	for _, view := range []string{"MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"} {
		reply := ask(t, c, forest.Question{
			Mailboxes: append(everybody(f), "someone@unrelated.example"), From: f.Truth.Week, To: f.Truth.Week.AddDate(0, 0, 3), View: view,
		})
		for what, document := range map[string][]byte{"request": reply.Request, "response": reply.Response} {
			path := filepath.Join(said.folder, fmt.Sprintf("%s %s %s.xml", name, view, what))
			writeBody(t, path, document)
			said.bodies = append(said.bodies, path)
		}
	}
}

// TestAllThatIsSaidIsValid validates what old servers say, what the proxy
// answers them, and what forests of all ages answer, with the public schemas.
func TestAllThatIsSaidIsValid(t *testing.T) {
	t.Parallel()
	schema, lint := schemaFile(t, "messages.xsd"), part(t, "xmllint", "libxml2-utils")
	said := conversation{folder: t.TempDir()}
	f := newForest(t, forest.Options{Seed: 1})
	p := serve(t, []*forest.Forest{f})
	for _, g := range []forest.Generation{forest.Exchange2007, forest.Exchange2010, forest.Exchange2013} {
		said.ask(t, "proxy to "+g.String(), p.caller(t, g), f)
	}
	for _, g := range []forest.Generation{forest.Exchange2007, forest.Exchange2010, forest.Exchange2013, forest.ExchangeOnline} {
		f := newForest(t, forest.Options{Seed: 1, Generation: g})
		c := &forest.Caller{
			URL: f.EWSURL(), Generation: min(g, forest.Exchange2013), Token: f.Token(f.Host(), time.Now().Add(time.Hour)),
			RootCAs: f.RootCAs(), ConnectTo: f.ConnectTo(),
		}
		t.Cleanup(c.Close)
		said.ask(t, "forest "+g.String(), c, f)
	}
	out, err := exec.Command(lint, append([]string{"--noout", "--schema", schema}, said.bodies...)...).CombinedOutput()
	if err == nil {
		return
	}
	t.Error(err)
	for line := range strings.Lines(string(out)) {
		if !strings.HasSuffix(line, " validates\n") {
			t.Log(line)
		}
	}
}

// writeBody writes the child of the Body of a SOAP message, with the namespaces
// that the envelope declares for it.
func writeBody(t *testing.T, path string, document []byte) {
	t.Helper()
	envelope := etree.NewDocument()
	if err := envelope.ReadFromBytes(document); err != nil {
		t.Fatal(err)
	}
	child := envelope.FindElement("./Envelope/Body/*")
	for e := child.Parent(); e != nil; e = e.Parent() {
		for _, a := range e.Attr {
			if child.SelectAttr(a.FullKey()) == nil {
				child.CreateAttr(a.FullKey(), a.Value)
			}
		}
	}
	body := etree.NewDocument()
	body.SetRoot(child)
	if err := body.WriteToFile(path); err != nil {
		t.Fatal(err)
	}
}
