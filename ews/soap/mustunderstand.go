package soap

import "github.com/beevik/etree"

// actorNext is whoever receives a message first (SOAP 1.1 4.2.2).
const actorNext = "http://schemas.xmlsoap.org/soap/actor/next"

// MustUnderstand reports whether whoever does not know the header e of m has to
// refuse the whole message (SOAP 1.1 4.2.3). A header for somebody further on
// is not ours to understand.
func (m *Message) MustUnderstand(e *etree.Element) bool {
	must, actor := false, ""
	for _, a := range e.Attr {
		if a.NamespaceURI() != m.Namespace {
			continue
		}
		switch a.Key {
		case "mustUnderstand":
			must = a.Value == "1" || a.Value == "true" // SOAP 1.2 has the second
		case "actor":
			actor = a.Value
		}
	}
	return must && (actor == "" || actor == actorNext)
}
