package explain

import (
	"cmp"
	"slices"
)

// Cause is an Entry that a text shows.
type Cause struct {
	*Entry
	Confidence Confidence
	Because    []string // what in the text shows it, in lower case, the most telling first

	weight int
}

// Confidence is how surely a text shows a cause.
type Confidence string

// The confidences, the highest first.
const (
	Sure     Confidence = "sure"     // the text says it in so many words
	Likely   Confidence = "likely"   // a code that has this cause most of the time
	Possible Confidence = "possible" // a general sign
)

// What a sign weighs. Words that say it weigh more than a number that several
// causes share; what is weak or general decides only where there is nothing else.
const (
	weighsID          = 4000
	weighsAADSTS      = 900
	weighsWords       = 800 // and a little for each letter
	weighsLID         = 700
	weighsDiagnostics = 650
	weighsNumber      = 500
	weighsCode        = 450
	weighsDepth       = 100 // for each exception around it
	weakBy, generalBy = 6, 8
	sureFrom          = 600
	likelyFrom        = 200
	mostLetters       = 60
	mostDepth         = 6
)

// Explain returns the causes that text shows, the most telling first. It is empty
// for a text that shows none.
func (c *Catalogue) Explain(text string) []Cause {
	e := newEvidence(text)
	var causes []Cause
	for _, entry := range c.entries {
		if cause := entry.shown(e); cause.weight > 0 {
			causes = append(causes, cause)
		}
	}
	slices.SortStableFunc(causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(slices.Index(likelihoods, a.Likelihood), slices.Index(likelihoods, b.Likelihood)))
	})
	return causes
}

// shown weighs what text shows of e: the best sign, and a little for each further
// one.
func (e *Entry) shown(text evidence) Cause {
	c := Cause{Entry: e}
	type seen struct {
		words  string
		weight int
	}
	var all []seen
	if at, ok := text.last(e.named); ok {
		all = append(all, seen{at.words, weighsID})
	}
	for _, s := range e.Signs {
		if at, ok := text.find(s); ok {
			all = append(all, seen{at.words, e.weigh(s, at, text)})
		}
	}
	slices.SortStableFunc(all, func(a, b seen) int { return cmp.Compare(b.weight, a.weight) })
	for i, s := range all {
		c.Because = append(c.Because, s.words)
		if i == 0 {
			c.weight = s.weight
		} else {
			c.weight++
		}
	}
	switch {
	case c.weight >= sureFrom:
		c.Confidence = Sure
	case c.weight >= likelyFrom:
		c.Confidence = Likely
	default:
		c.Confidence = Possible
	}
	return c
}

func (e *Entry) weigh(s Sign, at found, text evidence) int {
	weight := weighsWords + min(len(at.words), mostLetters)
	switch {
	case s.AADSTS != 0:
		weight = weighsAADSTS
	case s.LID != 0:
		weight = weighsLID
	case s.Diagnostics != 0:
		weight = weighsDiagnostics
	case s.Number != 0:
		weight = weighsNumber
	case s.Code != "":
		weight = weighsCode
	}
	weight += weighsDepth * min(text.depth(at.at), mostDepth)
	if s.Weak {
		weight /= weakBy
	}
	if e.General {
		weight /= generalBy
	}
	return weight
}

// Collect is what helps to find the cause of what no text shows.
func Collect() []string {
	return []string{
		"the whole event 4002 of MSExchange Availability from the Exchange server that asked, with all exceptions in it",
		"the line of our log for that question: it has the cause, and a trace id",
		"what `availproxy lookup --config FILE --explain ADDRESS` prints",
		"what `availproxy check --config FILE --mailbox ADDRESS` finds",
		"of Outlook on the web, the answer to GetUserAvailability in the developer tools (F12)",
	}
}
