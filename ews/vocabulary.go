package ews

import (
	_ "embed"
	"strings"

	"availproxy/freebusy"
)

//go:embed vocabulary.txt
var vocabularyTable string

// vocabulary maps each published word of ResponseCodeType and of
// LegacyFreeBusyType to what callers from before Exchange 2013 read: the word
// itself, where they know it.
//
// A .NET client throws a whole answer away for one word that its enumeration
// lacks, and Exchange 2010 still reads the answers of other forests into an
// enumeration of its own (previous-versions exchange-server-2010 dn524546). Which
// later words that one has is not known to us, so 2010 gets the words of 2007.
var vocabulary = readVocabulary(vocabularyTable)

func readVocabulary(table string) map[string]string {
	words := map[string]string{}
	for line := range strings.Lines(table) {
		row := strings.Fields(line)
		if len(row) > 0 && row[0] != "#" {
			words[row[0]] = row[len(row)-1]
		}
	}
	return words
}

// spoken is the word as a caller of that age can read it, and whether it is a
// word at all.
func spoken(word string, g Generation) (string, bool) {
	older, published := vocabulary[word]
	if g >= Exchange2013 {
		return word, published
	}
	return older, published
}

// responseCode is the code of one mailbox as that caller can read it. What
// nobody has published becomes the failure of a proxy request. So do those that
// are faults: clients that read ErrorServerBusy for one mailbox give up on all
// of them, and it is not the caller who should wait, or ask for fewer days.
func responseCode(code freebusy.Code, g Generation) freebusy.Code {
	word, published := spoken(string(code), g)
	if !published || code == freebusy.ErrorServerBusy || code == freebusy.ErrorTimeIntervalTooBig {
		return freebusy.ErrorProxyRequestProcessingFailed
	}
	return freebusy.Code(word)
}

// busyType is the word for b that that caller can read.
func busyType(b freebusy.BusyType, g Generation) string {
	word, _ := spoken(b.String(), g)
	return word
}

// busyElements are the BusyTypes that there are, written once.
var busyElements = newBusyTypes()

type busyTypes [Exchange2013 + 1][freebusy.NoData + 1]string

func newBusyTypes() (elements busyTypes) {
	for g := range elements {
		for b := range elements[g] {
			elements[g][b] = "<t:BusyType>" + busyType(freebusy.BusyType(b), Generation(g)) + "</t:BusyType>"
		}
	}
	return elements
}

func (t *busyTypes) of(b freebusy.BusyType, g Generation) string {
	if b < 0 || b > freebusy.NoData {
		b = freebusy.NoData // as BusyType.String has it
	}
	return t[min(max(g, Exchange2007), Exchange2013)][b]
}
