package ews

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/beevik/etree"

	"availproxy/freebusy"
)

// schema is where the public EWS schemas lie beside the repository, if they
// do. They are Microsoft's and no part of it.
const schema = "../../shared/schema/messages.xsd"

// validation gathers answers and has xmllint check them all at once, since
// reading the schema takes longer than anything else.
type validation struct {
	folder    string
	documents []string
}

// validated returns a validation that ends with t, and says nothing where
// there is nothing to validate with; TestSchema tells about that.
func validated(t *testing.T) *validation {
	v := &validation{folder: t.TempDir()}
	t.Cleanup(func() {
		if unavailable() != nil || len(v.documents) == 0 {
			return
		}
		lint := exec.Command("xmllint", append([]string{"--noout", "--schema", filepath.FromSlash(schema)}, v.documents...)...)
		if out, err := lint.CombinedOutput(); err != nil {
			t.Errorf("an answer is against the schema: %v\n%s", err, out)
		}
	})
	return v
}

// add takes the child of the Body of an answer, and of its Header what the
// schema describes, with the namespaces that the envelope declares for them.
func (v *validation) add(t *testing.T, document []byte) {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(document); err != nil {
		t.Fatal(err)
	}
	described := append(doc.FindElements("./Envelope/Header/ServerVersionInfo"), doc.FindElements("./Envelope/Header/ExchangeImpersonation")...)
	for _, e := range append(described, doc.FindElement("./Envelope/Body/*")) {
		for _, a := range doc.Root().Attr {
			e.CreateAttr(a.FullKey(), a.Value)
		}
		alone := etree.NewDocument()
		alone.SetRoot(e)
		file := filepath.Join(v.folder, fmt.Sprintf("%03d.xml", len(v.documents)))
		if err := alone.WriteToFile(file); err != nil {
			t.Fatal(err)
		}
		v.documents = append(v.documents, file)
	}
}

func unavailable() error {
	if _, err := exec.LookPath("xmllint"); err != nil {
		return fmt.Errorf("no xmllint (Debian: libxml2-utils): %w", err)
	}
	_, err := os.Stat(schema)
	return err
}

// TestSchema says whether the other tests validate what they write.
func TestSchema(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil && os.Getenv("AVAILPROXY_REQUIRE_ALL") == "1" {
		t.Fatalf("answers are not validated: %v (Debian: libxml2-utils)", err)
	}
	if err := unavailable(); err != nil {
		t.Skipf("answers are not validated: %v", err)
	}
	validated(t).add(t, []byte(whole(writeAnswer(new(paper), nil, &Presentation{Suggestions: &freebusy.Meeting{}}, "fb"))))
}
