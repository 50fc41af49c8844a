package ews

import "regexp"

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
func generationOf(userAgent, version string) (g Generation, because string) {
	byBuild, build := generationOfBuild(userAgent)
	byVersion, known := generationOfVersion(version)
	switch {
	case known && (build == "" || byVersion < byBuild):
		return byVersion, "RequestServerVersion " + version
	case build != "":
		return byBuild, build + " in User-Agent"
	}
	return Exchange2007, "neither User-Agent nor RequestServerVersion tells"
}

// exchangeBuild is how an Exchange server names its build where it asks another
// one: "ASProxy/CrossForest/EmailDomain/EXCH/08.03.0083.000"
// (403-forbidden-view-free-busy-information).
var exchangeBuild = regexp.MustCompile(`EXCH/(([0-9]{2})\.[0-9]{2}[0-9.]{0,16})`)

var generationsOfMajor = map[string]Generation{"08": Exchange2007, "14": Exchange2010, "15": Exchange2013}

// generationOfBuild returns the words it found as well, or "" for none that it
// knows.
func generationOfBuild(userAgent string) (g Generation, found string) {
	build := exchangeBuild.FindStringSubmatch(userAgent)
	if build == nil {
		return Exchange2007, ""
	}
	g, known := generationsOfMajor[build[2]]
	if !known {
		return Exchange2007, ""
	}
	return g, build[0]
}

// callerBuild is the build of the Exchange server that asks, or "".
func callerBuild(userAgent string) string {
	if build := exchangeBuild.FindStringSubmatch(userAgent); build != nil {
		return build[1]
	}
	return ""
}
