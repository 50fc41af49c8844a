package ews

import (
	"slices"
	"strings"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
)

// spoil changes something about one of the parts of root.
func (f *forge) spoil(root *part) {
	p := f.any(root)
	switch f.IntN(12) {
	case 0: // is not there
		if len(p.children) > 0 {
			i := f.IntN(len(p.children))
			p.children = slices.Delete(p.children, i, i+1)
		}
	case 1: // is there twice
		if len(p.children) > 0 {
			p.children = append(p.children, choose(f, p.children...))
		}
	case 2: // comes at another place
		f.Shuffle(len(p.children), func(i, k int) { p.children[i], p.children[k] = p.children[k], p.children[i] })
	case 3: // is in another namespace
		p.space = choose(f, soap.Envelope11, soap.Envelope12, nsMessages, nsTypes, nsAddressing, "urn:else", "")
	case 4: // has another name
		p.local = choose(f, "Else", "Address", "Bias", "Body", "Header", "StartTime", strings.ToLower(p.local), p.local+"x", "xmlns")
	case 5: // comes with something else
		p.children = append(p.children, &part{space: choose(f, nsTypes, nsMessages, "urn:else", ""), local: "Else", text: f.text()})
	case 6: // has a text beside its children
		p.text += choose(f, "x", "&#32;", "\u00a0", "<!-- c -->", "<![CDATA[x]]>", "<?pi x?>", "&amp;", "\r", "\x01", "\xff", "\ufffe")
	case 7: // has an attribute
		p.attributes = append(p.attributes, given{choose(f, "", soap.Envelope11, nsTypes), choose(f, "Id", "Version", "mustUnderstand", "actor", "else", "nil"), choose(f, "1", "x", "a&amp;b", "a\tb", "a&lt;", "a<b", "a&b")})
	case 8: // has other namespaces
		p.attributes = append(p.attributes, given{"", choose(f, "xmlns", "xmlns:t", "xmlns:m", "xmlns:s", "xmlns:xml", "xmlns:q", "xml:lang", "undeclared:x"), choose(f, nsTypes, nsMessages, "urn:else", "", "http://www.w3.org/XML/1998/namespace")})
	case 9: // holds what another one holds
		other := f.any(root).clone()
		p.children, p.text = other.children, other.text
	case 10: // has another text
		p.text = choose(f, f.text(), f.number(30), f.moment(20), f.address(), "true", "Sunday", strings.Repeat("9", 30))
	case 11: // holds more than it should
		for range choose(f, 1, 3, 40) {
			p.children = []*part{element(nsTypes, "Else", p.children...)}
		}
	}
}

// any is one of the parts of root.
func (f *forge) any(root *part) *part {
	all := []*part{root}
	for i := 0; i < len(all) && len(all) < 3000; i++ {
		all = append(all, all[i].children...)
	}
	return choose(f, all...)
}

func (p *part) clone() *part {
	twin := *p
	twin.attributes = slices.Clone(p.attributes)
	twin.children = nil
	for _, c := range p.children {
		twin.children = append(twin.children, c.clone())
	}
	return &twin
}

// damage changes bytes, whatever they mean.
func (f *forge) damage(document []byte) []byte {
	if len(document) < 2 {
		return document
	}
	at := f.IntN(len(document) - 1)
	switch f.IntN(5) {
	case 0:
		return slices.Delete(slices.Clone(document), at, min(len(document), at+1+f.IntN(8)))
	case 1:
		return slices.Insert(slices.Clone(document), at, []byte(choose(f, "<", ">", "&", "/", "\"", "'", "=", ":", " ", "\r", "]]>", "<!--", "-->", "\x00", "\xc3", "é", "<a/>", "</t:Email>", "x"))...)
	case 2:
		changed := slices.Clone(document)
		changed[at] = byte(f.IntN(256))
		return changed
	case 3:
		from := f.IntN(len(document))
		return slices.Insert(slices.Clone(document), at, document[from:min(len(document), from+f.IntN(60))]...)
	}
	return document[:at]
}

// partOf is a document as a part, to be spoilt like any other.
func partOf(document []byte) *part {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(document); err != nil {
		panic(err) // a recording
	}
	return partOfElement(doc.Root())
}

func partOfElement(e *etree.Element) *part {
	p := &part{space: e.NamespaceURI(), local: e.Tag}
	for _, a := range e.Attr {
		if a.Space != "xmlns" && a.Key != "xmlns" {
			p.attributes = append(p.attributes, given{a.NamespaceURI(), a.Key, a.Value})
		}
	}
	for _, c := range e.ChildElements() {
		p.children = append(p.children, partOfElement(c))
	}
	if len(p.children) == 0 {
		p.text = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(e.Text())
	}
	return p
}
