package ews

import (
	"strings"

	"availproxy/freebusy"
)

// View is a FreeBusyViewType (learn.microsoft.com freebusyviewtype): how much of
// the events it shows, and whether it has a MergedFreeBusy stream. The zero value is None.
type View struct {
	Detail freebusy.Detail
	Merged bool
}

// viewNames are the words of the schema. MergedOnly without the stream is
// nothing at all, hence None.
var viewNames = map[View]string{
	{freebusy.MergedOnly, false}: "None",
	{freebusy.MergedOnly, true}:  "MergedOnly",
	{freebusy.FreeBusy, false}:   "FreeBusy",
	{freebusy.FreeBusy, true}:    "FreeBusyMerged",
	{freebusy.Detailed, false}:   "Detailed",
	{freebusy.Detailed, true}:    "DetailedMerged",
}

// String returns the word of the EWS schema.
func (v View) String() string { return viewNames[v] }

// parseView reads a FreeBusyViewType. RequestedView is a list of them, since
// it is a set of flags in .NET; what any of its words asks for is asked for.
func parseView(words string) (v View, ok bool) {
	for word := range strings.FieldsSeq(words) {
		one, known := viewOf(word)
		if !known {
			return View{}, false
		}
		v.Detail = max(v.Detail, one.Detail)
		v.Merged = v.Merged || one.Merged
		ok = true
	}
	return v, ok
}

func viewOf(word string) (View, bool) {
	for view, name := range viewNames {
		if name == word {
			return view, true
		}
	}
	return View{}, false
}

// granted is the view that a calendar of that detail can show of v. What holds
// digits only can show nothing else, asked for or not.
func (v View) granted(held freebusy.Detail) View {
	if held == freebusy.MergedOnly {
		return View{Merged: true}
	}
	return View{Detail: min(v.Detail, held), Merged: v.Merged}
}
