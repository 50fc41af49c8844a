package ews

import (
	"fmt"
	"strings"

	"availproxy/ews/soap"
)

// style is how a program writes a document, whatever is in it.
type style struct {
	prologue     string
	quote        string
	space        string // between elements
	inTag        string // in front of each attribute and of the end of a tag
	padding      string // around texts
	prefixes     map[string]string
	declare      int  // where namespaces are declared: onRoot, onEach or nowhere that is not needed
	usesDefault  bool // the namespace of an element is the default one in it, where no prefix is known
	emptyTags    bool
	textLast     bool              // a text beside elements comes behind them
	declarations map[string]string // besides, on the root
}

const (
	onRoot = iota
	onEach
	asNeeded
)

func (f *forge) newStyle() style {
	s := style{
		prologue: choose(f, "", `<?xml version="1.0" encoding="utf-8"?>`, `<?xml version="1.0" encoding="utf-8"?>`, "<?xml version='1.0' encoding='UTF-8'?>\n",
			`<?xml version="1.0"?>`, `<?xml version="1.0" encoding="UTF-8" standalone="no"?>`+"\r\n", "\ufeff", "\ufeff"+`<?xml version="1.0" encoding="utf-8" ?>`),
		quote: choose(f, `"`, `"`, "'"), space: choose(f, "", "", "\n", "\r\n  ", "\t"), inTag: choose(f, " ", " ", "\n", "  "), padding: choose(f, "", "", "", " ", "\n\t", "\r\n"),
		declare: f.IntN(3), usesDefault: f.one(2), emptyTags: f.one(2), textLast: f.one(2),
		prefixes: choose(f,
			map[string]string{soap.Envelope11: "s", nsMessages: "m", nsTypes: "t", nsAddressing: "a", nsAddressingSlash: "w", "urn:else": "e"},
			map[string]string{soap.Envelope11: "SOAP-ENV", nsMessages: "messages", nsTypes: "_t.1", nsAddressing: "a", nsAddressingSlash: "b", "urn:else": "c"},
			map[string]string{soap.Envelope11: "t", nsMessages: "s", nsTypes: "m", nsAddressing: "a", nsAddressingSlash: "b", "urn:else": "c"}),
	}
	if f.rarely(20) {
		s.prologue = choose(f, `<?xml version="1.1"?>`, `<?xml version="1.0" encoding="utf-16"?>`, " "+`<?xml version="1.0"?>`, "<!-- c -->", "<!DOCTYPE x>", `<?xml encoding="utf-8"?>`, "\n",
			`<?xml version="1.0" encoding="latin1"?>`, "<?xml?>", "<?pi x?>", "\ufeff\ufeff", `<?xml version = "1.0" encoding = "utf-8"?>`)
	}
	if f.one(2) {
		s.declarations = map[string]string{"xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsd": "http://www.w3.org/2001/XMLSchema"}
	}
	return s
}

// write writes a document in the style of f.
func (f *forge) write(root *part) []byte {
	var b strings.Builder
	b.WriteString(f.style.prologue)
	f.writePart(&b, root, map[string]string{"": ""})
	return []byte(b.String())
}

// writePart writes p where scope binds those prefixes.
func (f *forge) writePart(b *strings.Builder, p *part, outer map[string]string) {
	scope, declared := map[string]string{}, ""
	for prefix, space := range outer {
		scope[prefix] = space
	}
	declare := func(prefix, space string) {
		if bound, ok := scope[prefix]; ok && bound == space && f.style.declare != onEach || strings.Contains(declared, "xmlns:"+prefix+"=") {
			return
		}
		scope[prefix] = space
		declared += f.style.inTag + strings.TrimSuffix("xmlns:"+prefix, ":") + "=" + f.style.quote + space + f.style.quote
	}
	if len(outer) == 1 && f.style.declare == onRoot {
		for _, space := range []string{soap.Envelope11, nsMessages, nsTypes, nsAddressing, nsAddressingSlash, "urn:else"} {
			declare(f.style.prefixes[space], space)
		}
		for _, prefix := range []string{"xsi", "xsd"} {
			if space, ok := f.style.declarations[prefix]; ok {
				declare(prefix, space)
			}
		}
	}
	name := p.local
	switch prefix := f.style.prefixes[p.space]; {
	case p.space == "" && scope[""] == "":
	case f.style.usesDefault && scope[prefix] != p.space:
		declare("", p.space)
	default:
		declare(prefix, p.space)
		name = prefix + ":" + name
	}
	attributes := ""
	for _, a := range p.attributes {
		name := a.local
		if a.space != "" {
			declare(f.style.prefixes[a.space], a.space)
			name = f.style.prefixes[a.space] + ":" + name
		}
		attributes += f.style.inTag + name + "=" + f.style.quote + a.value + f.style.quote
	}
	f.writeContent(b, p, name, attributes+declared, scope)
}

func (f *forge) writeContent(b *strings.Builder, p *part, name, attributes string, scope map[string]string) {
	end := strings.TrimPrefix(f.style.inTag, " ")
	if p.text == "" && len(p.children) == 0 && f.style.emptyTags {
		fmt.Fprintf(b, "<%s%s%s/>", name, attributes, f.style.inTag)
		return
	}
	fmt.Fprintf(b, "<%s%s%s>", name, attributes, end)
	text := f.style.padding + p.text + f.style.padding
	if p.text == "" {
		text = ""
	}
	if len(p.children) == 0 || !f.style.textLast {
		b.WriteString(text)
	}
	for _, child := range p.children {
		b.WriteString(f.style.space)
		f.writePart(b, child, scope)
	}
	if len(p.children) > 0 {
		b.WriteString(f.style.space)
		if f.style.textLast {
			b.WriteString(text)
		}
	}
	fmt.Fprintf(b, "</%s%s>", name, end)
}
