package ews

import "strings"

// Generation is the age of a caller, as far as its schema is concerned. A .NET
// client rejects a whole document for one word of an enumeration that it does
// not know, so whoever cannot be told counts as the oldest.
type Generation int

// The generations, oldest first, so that they compare with <.
const (
	Exchange2007 Generation = iota
	Exchange2010
	Exchange2013 // and everything later
)

// String returns the name of the first product of the generation.
func (g Generation) String() string {
	switch g {
	case Exchange2007:
		return "2007"
	case Exchange2010:
		return "2010"
	default:
		return "2013"
	}
}

// generationOf tells a caller's age from the build in its User-Agent and from
// its RequestServerVersion, and says for the log what it went by. The older of
// the two decides: a newer server may ask with an old schema.
func generationOf(userAgent, version string) (Generation, evidence) {
	build := callerBuild(userAgent)
	byBuild, knownBuild := generationOfBuild(build)
	byVersion, knownVersion := generationOfVersion(version)
	switch {
	case knownVersion && (!knownBuild || byVersion < byBuild):
		return byVersion, evidence{"RequestServerVersion ", version, ""}
	case knownBuild:
		return byBuild, evidence{buildMark, build, " in User-Agent"}
	}
	return Exchange2007, evidence{"neither User-Agent nor RequestServerVersion tells", "", ""}
}

// evidence is by which word of a request something was told. It is a text in parts,
// since few who ask end up in a trace.
type evidence struct{ before, word, after string }

func (e evidence) String() string { return e.before + e.word + e.after }

// buildMark is what an Exchange server that asks another one names its build
// behind: "ASProxy/CrossForest/EmailDomain/EXCH/08.03.0083.000"
// (403-forbidden-view-free-busy-information).
const buildMark = "EXCH/"

// callerBuild is the build of the Exchange server that asks, or "".
func callerBuild(userAgent string) string {
	for {
		_, rest, found := strings.Cut(userAgent, buildMark)
		if !found {
			return ""
		}
		if n := buildLength(rest); n > 0 {
			return rest[:n]
		}
		userAgent = rest
	}
}

// buildLength is how much of text is a build: two digits, a dot, two digits, and
// a little more of that.
func buildLength(text string) (n int) {
	const form, most = "00.00", len("00.00.0000.000") + 7
	for n < min(len(text), most) {
		digit := text[n] >= '0' && text[n] <= '9'
		if !digit && text[n] != '.' || n < len(form) && digit != (form[n] == '0') {
			break
		}
		n++
	}
	if n < len(form) {
		return 0
	}
	return n
}

func generationOfBuild(build string) (g Generation, known bool) {
	major, _, _ := strings.Cut(build, ".")
	switch major {
	case "08":
		return Exchange2007, true
	case "14":
		return Exchange2010, true
	case "15":
		return Exchange2013, true
	}
	return Exchange2007, false
}
