package ews

import (
	"fmt"
	"regexp"

	"availproxy/freebusy"
)

// serverVersions are the values of RequestServerVersion that have a product's
// name (learn.microsoft.com requestserverversion), and whose schema each means.
// 2009 and 2012 are 2010 and 2013 before they came out; 2015 is 2016.
var serverVersions = map[string]Generation{
	"Exchange2007": Exchange2007, "Exchange2007_SP1": Exchange2007,
	"Exchange2009": Exchange2010, "Exchange2010": Exchange2010, "Exchange2010_SP1": Exchange2010, "Exchange2010_SP2": Exchange2010,
	"Exchange2012": Exchange2013, "Exchange2013": Exchange2013, "Exchange2013_SP1": Exchange2013,
	"Exchange2015": Exchange2013, "Exchange2016": Exchange2013,
}

// onlineVersion is a value of Exchange Online, such as "V2017_07_11" or "V2_9".
// Their list has no end, and all of them are younger than 2013.
var onlineVersion = regexp.MustCompile(`^V[0-9]{1,4}(_[0-9]{1,2}){1,2}$`)

// generationOfVersion knows no generation for a caller that names no version,
// as Exchange 2007 does not.
func generationOfVersion(version string) (g Generation, known bool) {
	if g, known = serverVersions[version]; !known && onlineVersion.MatchString(version) {
		return Exchange2013, true
	}
	return g, known
}

// checkServerVersion refuses a version that nobody has published, as Exchange
// does: it would not tell which words the caller can read, and those clients
// that send one, such as exchangelib with "Exchange2019", take the refusal for
// the hint to ask with the next older version. Exchange itself refuses also what
// is newer than its own; we answer that, as all newer schemas say it alike.
func checkServerVersion(version string) error {
	if _, known := generationOfVersion(version); known || version == "" {
		return nil
	}
	return &freebusy.Error{
		Code: freebusy.ErrorInvalidServerVersion,
		Text: "The specified server version is invalid.",
		Err:  fmt.Errorf("ews: RequestServerVersion %.100q", version),
	}
}
