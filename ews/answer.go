package ews

import (
	"bytes"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// answer is a GetUserAvailabilityResponse ([MS-OXWAVLS] 3.1.4.1.3.15) in
// pieces, to be sent one after the other. They are shared and must not be changed.
type answer [][]byte

// paper is room for one answer after another.
type paper struct {
	pieces answer
	room   []byte // for those pieces that are nobody else's
	key    any    // of the last Presentation, since the next is most likely the same
}

// What is kept is more than most answers need for what no calendar holds, and
// than all need that have no suggestions.
const (
	keptRoom   = 1 << 20
	keptPieces = 2 * maxMailboxes
)

// reset forgets the last answer.
func (p *paper) reset() {
	clear(p.pieces)
	p.pieces = p.pieces[:0]
	if cap(p.room) > keptRoom || cap(p.pieces) > keptPieces {
		p.room, p.pieces = nil, nil
	}
}

// keyOf is the memoKey of a Presentation.
func (p *paper) keyOf(presentation Presentation) any {
	if last, ok := p.key.(Presentation); !ok || last != presentation.alone() {
		p.key = presentation.memoKey()
	}
	return p.key
}

// writeAnswer writes one FreeBusyResponse for each mailbox, in the order of
// answers, and the SuggestionsResponse, each if p wants it. server is the host
// that errors name. What was written on the paper before is lost.
func writeAnswer(on *paper, answers []freebusy.Answer, p *Presentation, server string) answer {
	pieces := append(on.pieces[:0], frame.start)
	if p.View != (View{}) {
		w := responseWriter{p, on.keyOf(*p), server, newWallTimes(p.Zone), on.room[:0]}
		pieces = append(pieces, frame.arrayStart)
		for _, a := range answers {
			pieces = append(pieces, w.response(a))
		}
		pieces = append(pieces, frame.arrayEnd)
		on.room = w.room
	}
	if p.Suggestions != nil {
		pieces = writeSuggestions(pieces, p.Suggestions.Suggest(p.Zone, answers), p.Zone)
	}
	on.pieces = append(pieces, frame.end)
	return on.pieces
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
