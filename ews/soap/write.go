package soap

import (
	"bytes"

	"github.com/beevik/etree"
)

// Prefix binds a namespace prefix on the envelope.
type Prefix struct{ Name, Namespace string }

// NewEnvelope starts a SOAP 1.1 document with the prefix "s" and the given
// ones declared on its root. header is nil when withHeader is false.
func NewEnvelope(withHeader bool, prefixes ...Prefix) (doc *etree.Document, header, body *etree.Element) {
	doc = etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="utf-8"`)
	root := doc.CreateElement("s:Envelope")
	root.CreateAttr("xmlns:s", Envelope11)
	for _, p := range prefixes {
		root.CreateAttr("xmlns:"+p.Name, p.Namespace)
	}
	if withHeader {
		header = root.CreateElement("s:Header")
	}
	return doc, header, root.CreateElement("s:Body")
}

// AddText gives parent a child of that (prefixed) name and text and returns it.
func AddText(parent *etree.Element, name, text string) *etree.Element {
	e := parent.CreateElement(name)
	e.SetText(text)
	return e
}

// Bytes writes doc as UTF-8 without byte order mark or indentation, with an
// end tag on every element. Characters that XML 1.0 section 2.2 forbids have
// become U+FFFD: a single one would make .NET reject the whole document.
func Bytes(doc *etree.Document) []byte {
	doc.WriteSettings = etree.WriteSettings{CanonicalEndTags: true}
	var b bytes.Buffer
	doc.WriteTo(&b) // a bytes.Buffer does not fail
	return b.Bytes()
}
