package soap

import "github.com/beevik/etree"

// Fault is a SOAP fault as another server wrote it.
type Fault struct {
	Code   string         // local part of faultcode, or of the innermost SOAP 1.2 code
	Text   string         // faultstring, or the SOAP 1.2 reason
	Actor  string         // faultactor, if any
	Detail *etree.Element // nil when there is none
}

// Fault returns the fault that m carries, or nil. Children are found by local
// name alone, since some servers qualify them and SOAP 1.1 does not.
func (m *Message) Fault() *Fault {
	if !Is(m.Body, m.Namespace, "Fault") {
		return nil
	}
	f := &Fault{}
	for _, c := range m.Body.ChildElements() {
		switch c.Tag {
		case "faultcode":
			f.Code = localPart(Text(c))
		case "faultstring":
			f.Text = Text(c)
		case "faultactor":
			f.Actor = Text(c)
		case "detail", "Detail":
			f.Detail = c
		case "Code":
			f.Code = innermostCode(c, m.Namespace)
		case "Reason":
			f.Text = Text(Child(c, m.Namespace, "Text"))
		}
	}
	return f
}

// innermostCode follows the Subcodes of SOAP 1.2, which Envelope12 nests from
// the general to the special.
func innermostCode(code *etree.Element, namespace string) string {
	for sub := Child(code, namespace, "Subcode"); sub != nil; sub = Child(code, namespace, "Subcode") {
		code = sub
	}
	return localPart(Text(Child(code, namespace, "Value")))
}

func localPart(name string) string {
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == ':' {
			return name[i+1:]
		}
	}
	return name
}
