package negotiate

import (
	"encoding/asn1"
	"strings"
)

// known are mechanisms that Windows and others list, by what admins call them.
var known = []struct {
	oid  asn1.ObjectIdentifier
	name string
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113554, 1, 2, 2}, "Kerberos"},
	{asn1.ObjectIdentifier{1, 2, 840, 48018, 1, 2, 2}, "Kerberos as Microsoft lists it"},
	{asn1.ObjectIdentifier{1, 2, 840, 113554, 1, 2, 2, 3}, "Kerberos user to user"},
	{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 2, 5}, "IAKERB"},
	{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 2, 10}, "NTLM"},
	{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 2, 2, 30}, "NEGOEX"},
}

// inWords is a list of mechanisms for the log, shortened where it is long.
func inWords(list []asn1.ObjectIdentifier) string {
	const longest = 64
	var words []string
	for _, oid := range list[:min(len(list), 8)] {
		words = append(words, inWord(oid, longest))
	}
	return strings.Join(words, ", ")
}

func inWord(oid asn1.ObjectIdentifier, longest int) string {
	for _, k := range known {
		if oid.Equal(k.oid) {
			return k.name
		}
	}
	word := oid[:min(len(oid), longest)].String()
	return word[:min(len(word), longest)]
}
