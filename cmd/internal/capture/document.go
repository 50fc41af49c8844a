package capture

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// sealed are elements and attributes in which nothing is harmless.
var sealed = regexp.MustCompile(`(?i)^security$|password|secret|token|credential|signature|digest|cipher|certificate|cookie`)

var byteOrderMark = []byte("\xef\xbb\xbf")

// document is an XML document with its values replaced. From where it cannot be
// read on, there is only a note: what is not understood is not shown.
func (p placeholders) document(data []byte) []byte {
	text, hasMark := bytes.CutPrefix(data, byteOrderMark)
	d := document{placeholders: p, data: text, decoder: xml.NewDecoder(bytes.NewReader(text))}
	if hasMark {
		d.out.Write(byteOrderMark)
	}
	for d.next() {
	}
	if rest := len(text) - d.done; rest > 0 {
		fmt.Fprintf(&d.out, "(%d bytes that cannot be read)", rest)
	}
	return d.out.Bytes()
}

// document is one on its way from data to out.
type document struct {
	placeholders
	data    []byte
	decoder *xml.Decoder
	done    int      // bytes of data that are in out
	within  []string // names of the elements around, as they are spelled
	out     bytes.Buffer
}

// next copies a token and reports whether there may be another.
func (d *document) next() bool {
	token, err := d.decoder.RawToken()
	if err != nil {
		return false // the end, or nothing that can be understood
	}
	raw := d.data[d.done:d.decoder.InputOffset()]
	if named(token) {
		return false
	}
	switch token := token.(type) {
	case xml.StartElement:
		d.within = append(d.within, spelled(token.Name))
		d.start(raw, token)
	case xml.EndElement:
		if len(d.within) == 0 || d.within[len(d.within)-1] != spelled(token.Name) {
			return false
		}
		d.within = d.within[:len(d.within)-1]
		d.out.Write(raw)
	case xml.CharData:
		d.text(raw, string(token))
	case xml.ProcInst:
		d.instruction(raw, token)
	case xml.Comment:
		d.out.WriteString("<!--" + d.placeholders.text(string(token)) + "-->")
	default:
		return false // a DOCTYPE, which nobody sends
	}
	d.done += len(raw)
	return true
}

// named reports whether somebody's identifier is where only names of the schema
// should be.
func named(token xml.Token) bool {
	identifies := func(n xml.Name) bool { return strings.Contains(spelled(n), "S-1-") }
	switch token := token.(type) {
	case xml.StartElement:
		return identifies(token.Name) || slices.ContainsFunc(token.Attr, func(a xml.Attr) bool { return identifies(a.Name) })
	case xml.ProcInst:
		return strings.Contains(token.Target, "S-1-")
	}
	return false
}

func spelled(n xml.Name) string { return n.Space + ":" + n.Local }

// standsFor is the value inside the elements around.
func (d *document) standsFor(value string) string {
	for _, name := range d.within {
		if _, local, _ := strings.Cut(name, ":"); sealed.MatchString(local) {
			return d.secret(value)
		}
	}
	if len(d.within) > 0 {
		_, local, _ := strings.Cut(d.within[len(d.within)-1], ":")
		if shown, known := d.underName(local, value); known {
			return shown
		}
	}
	return d.value(value)
}

// start copies a tag; only what stands between quotes in it changes.
func (d *document) start(raw []byte, token xml.StartElement) {
	for _, a := range token.Attr {
		quote := bytes.IndexAny(raw, `"'`)
		end := quote + 1 + bytes.IndexByte(raw[quote+1:], raw[quote])
		value := d.attribute(a)
		d.out.Write(raw[:quote+1])
		if value == a.Value {
			d.out.Write(raw[quote+1 : end])
		} else {
			d.escape(value)
		}
		d.out.WriteByte(raw[quote])
		raw = raw[end+1:]
	}
	d.out.Write(raw)
}

func (d *document) attribute(a xml.Attr) string {
	if sealed.MatchString(a.Name.Local) {
		return d.secret(a.Value)
	}
	declares := a.Name.Space == "xmlns" || a.Name.Local == "xmlns"
	typed := a.Name.Space != "" && a.Name.Local == "type"
	if declares && namespace.MatchString(a.Value) || typed && qualifiedName.MatchString(a.Value) {
		return a.Value
	}
	if shown, known := d.underName(a.Name.Local, a.Value); known {
		return shown
	}
	return d.standsFor(a.Value)
}

var (
	namespace     = regexp.MustCompile(`^(https?|urn):[A-Za-z0-9/:._-]{1,200}$`)
	qualifiedName = regexp.MustCompile(`^([A-Za-z0-9_]{1,20}:)?[A-Za-z0-9]{1,60}$`)
)

// text copies the white space around a value as it is.
func (d *document) text(raw []byte, value string) {
	value = strings.TrimSpace(value)
	replaced := value
	if value != "" {
		replaced = d.standsFor(value)
	}
	if replaced == value {
		d.out.Write(raw)
		return
	}
	if content, ok := bytes.CutPrefix(raw, cdataStart); ok {
		d.out.Write(cdataStart)
		d.around(bytes.TrimSuffix(content, cdataEnd), replaced)
		d.out.Write(cdataEnd)
		return
	}
	d.around(raw, replaced)
}

var cdataStart, cdataEnd = []byte("<![CDATA["), []byte("]]>")

// around writes value with the white space that is around raw.
func (d *document) around(raw []byte, value string) {
	const space = " \t\r\n"
	inside := bytes.TrimLeft(raw, space)
	d.out.Write(raw[:len(raw)-len(inside)])
	d.escape(value)
	d.out.Write(inside[len(bytes.TrimRight(inside, space)):])
}

// instruction copies the XML declaration, which holds nothing else, and the name
// of any other one.
func (d *document) instruction(raw []byte, token xml.ProcInst) {
	if token.Target == "xml" && declaration.Match(raw) {
		d.out.Write(raw)
		return
	}
	fmt.Fprintf(&d.out, "<?%s %s?>", token.Target, d.placeholders.text(string(token.Inst)))
}

var declaration = regexp.MustCompile(`^<\?xml(\s+(version|encoding|standalone)\s*=\s*("[A-Za-z0-9._-]*"|'[A-Za-z0-9._-]*'))*\s*\?>$`)

func (d *document) escape(text string) { xml.EscapeText(&d.out, []byte(text)) }
