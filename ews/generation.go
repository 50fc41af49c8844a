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

// generationOf tells a caller's age from its User-Agent, where a server names
// its own build ("ASProxy/CrossForest/EmailDomain/EXCH/08.03.0083.000", seen
// in the support article on EwsAllowList), and from its RequestServerVersion.
// The older of the two decides: a newer server may ask with an old schema.
func generationOf(userAgent, version string) Generation {
	byBuild, known := generationOfBuild(userAgent)
	if version == "" {
		return byBuild
	}
	byVersion := generationOfVersion(version)
	if !known {
		return byVersion
	}
	return min(byBuild, byVersion)
}

func generationOfBuild(userAgent string) (g Generation, known bool) {
	_, build, found := strings.Cut(userAgent, "EXCH/")
	if !found {
		return Exchange2007, false
	}
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

// generationOfVersion takes a version that it does not know for the newest, as
// the versions of Exchange Online have no order that one could tell.
func generationOfVersion(version string) Generation {
	switch {
	case strings.HasPrefix(version, "Exchange2007"):
		return Exchange2007
	case version == "Exchange2009", strings.HasPrefix(version, "Exchange2010"):
		return Exchange2010
	default:
		return Exchange2013
	}
}
