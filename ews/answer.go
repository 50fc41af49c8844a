package ews

import (
	"bytes"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// answer is a GetUserAvailabilityResponse ([MS-OXWAVLS] 3.1.4.1.3.15) in
// pieces, to be sent one after the other. There is only one, unless there are
// suggestions. Their pieces are shared and must not be changed.
type answer [][]byte

// writeAnswer writes one FreeBusyResponse for each mailbox, in the order of
// answers, and the SuggestionsResponse, each if p wants it. server is the host
// that errors name. It writes over used, an answer that nobody needs any more, or
// nil; the first piece alone is its own.
func writeAnswer(used answer, answers []freebusy.Answer, p Presentation, server string) answer {
	b := append(used.first(), frame.start...)
	if p.View != (View{}) {
		w := newResponseWriter(p, server)
		b = append(b, frame.arrayStart...)
		for _, a := range answers {
			b = w.appendResponse(b, a)
		}
		b = append(b, frame.arrayEnd...)
	}
	if p.Suggestions == nil {
		return append(used[:0], append(b, frame.end...))
	}
	return append(writeSuggestions(append(used[:0], b), p.Suggestions.Suggest(p.Zone, answers), p.Zone), frame.end)
}

// first is the room of the first piece.
func (a answer) first() []byte {
	if len(a) == 0 {
		return nil
	}
	return a[0][:0]
}

// writeGeneral writes what writeAnswer writes, with a tree for each mailbox.
func writeGeneral(answers []freebusy.Answer, p Presentation, server string) answer {
	pieces := answer{frame.start}
	if p.View != (View{}) {
		pieces = append(pieces, frame.arrayStart)
		for _, a := range answers {
			pieces = append(pieces, writeResponse(a, p, server))
		}
		pieces = append(pieces, frame.arrayEnd)
	}
	if p.Suggestions != nil {
		pieces = writeSuggestions(pieces, p.Suggestions.Suggest(p.Zone, answers), p.Zone)
	}
	return append(pieces, frame.end)
}

// Len is the length of the whole answer in bytes.
func (a answer) Len() (n int) {
	for _, piece := range a {
		n += len(piece)
	}
	return n
}

// frame is everything of an answer that is the same in each. All prefixes are
// declared in it, and the pieces put into it rely on them.
var frame = newFrame()

type frameParts struct{ start, arrayStart, arrayEnd, end []byte }

func newFrame() frameParts {
	doc, header, body := soap.NewEnvelope(true, prefixMessages, prefixTypes, prefixErrors)
	addServerVersion(header)
	array := body.CreateElement("m:GetUserAvailabilityResponse").CreateElement("m:FreeBusyResponseArray")
	const arrayStart, arrayEnd = "<m:FreeBusyResponseArray>", "</m:FreeBusyResponseArray>"
	array.SetText("") // keeps the tags apart
	start, rest, _ := bytes.Cut(soap.Bytes(doc), []byte(arrayStart))
	_, end, _ := bytes.Cut(rest, []byte(arrayEnd))
	return frameParts{start, []byte(arrayStart), []byte(arrayEnd), end}
}

// addServerVersion says which server this is: a version that exists, since
// exchangelib asks with it the next time.
func addServerVersion(header *etree.Element) {
	v := header.CreateElement("t:ServerVersionInfo")
	v.CreateAttr("MajorVersion", "15")
	v.CreateAttr("MinorVersion", "0")
	v.CreateAttr("MajorBuildNumber", "1497")
	v.CreateAttr("MinorBuildNumber", "2")
	v.CreateAttr("Version", "Exchange2013_SP1")
}

// fragment writes e as part of an answer.
func fragment(e *etree.Element) []byte {
	var b bytes.Buffer
	e.WriteTo(&b, &etree.WriteSettings{CanonicalEndTags: true})
	return b.Bytes()
}
