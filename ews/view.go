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
var viewNames = [...]struct {
	view View
	name string
}{
	{View{freebusy.MergedOnly, false}, "None"},
	{View{freebusy.MergedOnly, true}, "MergedOnly"},
	{View{freebusy.FreeBusy, false}, "FreeBusy"},
	{View{freebusy.FreeBusy, true}, "FreeBusyMerged"},
	{View{freebusy.Detailed, false}, "Detailed"},
	{View{freebusy.Detailed, true}, "DetailedMerged"},
}

// String returns the word of the EWS schema.
func (v View) String() string {
	for _, one := range viewNames {
		if one.view == v {
			return one.name
		}
	}
	return ""
}

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
	for _, one := range viewNames {
		if one.name == word {
			return one.view, true
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
