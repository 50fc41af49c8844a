package ews

import (
	"slices"
	"time"

	"availproxy/freebusy"
)

// window is a window of a request before its zone is known.
type window struct{ start, end moment }

func (w window) in(zone zone) freebusy.Window {
	return freebusy.Window{Start: w.start.in(zone), End: w.end.in(zone)}
}

// viewOptions are FreeBusyViewOptions.
type viewOptions struct {
	window   window
	interval int // minutes
	view     View
}

const (
	hasWindow fields = 1 << iota
	hasInterval
	hasRequestedView
	hasStart
	hasEnd
)

// viewOptions reads what [request.readFreeBusyView] reads.
func (r *scan) viewOptions() {
	var has fields
	r.view = viewOptions{interval: defaultInterval, view: View{Detail: freebusy.FreeBusy}}
	for r.typed() {
		switch string(r.Local) {
		case "TimeWindow":
			r.once(&has, hasWindow)
			r.view.window = r.window()
		case "MergedFreeBusyIntervalInMinutes":
			r.once(&has, hasInterval)
			r.view.interval = r.integer()
		case "RequestedView":
			r.once(&has, hasRequestedView)
			r.view.view = r.requestedView()
		default:
			r.Decline(otherElement)
		}
	}
	r.need(has, hasWindow)
}

func (r *scan) requestedView() View {
	words := r.Text()
	view, known := viewOf(string(words)) // as nearly everybody asks
	if !known {
		view, known = parseView(string(words))
	}
	if !known || view == (View{}) {
		r.Decline(otherValue)
	}
	return view
}

func (r *scan) window() (w window) {
	var has fields
	for r.typed() {
		switch string(r.Local) {
		case "StartTime":
			r.once(&has, hasStart)
			w.start = r.moment()
		case "EndTime":
			r.once(&has, hasEnd)
			w.end = r.moment()
		default:
			r.Decline(otherElement)
		}
	}
	r.need(has, hasStart|hasEnd)
	return w
}

func (r *scan) assembleView(p *Presentation) {
	p.Window, p.View, p.Interval = r.view.window.in(&r.clock), r.view.view, time.Duration(r.view.interval)*time.Minute
	if checkWindow(p.Window, &r.clock, "") != nil || checkInterval(p.Interval, p.Window) != nil {
		r.Decline(otherValue)
	}
}

// suggestionsOptions are SuggestionsViewOptions.
type suggestionsOptions struct {
	window  window
	current moment // of a meeting that exists
	exists  bool
	numbers suggestionNumbers
	minimum freebusy.SuggestionQuality
}

const (
	hasNumber fields = 1 << iota // that of the first of suggestionRanges; the others follow
	_
	_
	_
	hasMinimum
	hasSuggestionsWindow
	hasCurrent
	hasObjectID
)

// suggestionsOptions reads what [request.readSuggestions] reads.
func (r *scan) suggestionsOptions() {
	var has fields
	s := &r.suggest
	*s = suggestionsOptions{numbers: usualNumbers(), minimum: freebusy.Fair}
	for r.typed() {
		switch string(r.Local) {
		case "DetailedSuggestionsWindow":
			r.once(&has, hasSuggestionsWindow)
			s.window = r.window()
		case "MinimumSuggestionQuality":
			r.once(&has, hasMinimum)
			var known bool
			if s.minimum, known = freebusy.ParseSuggestionQuality(string(r.Text())); !known {
				r.Decline(otherValue)
			}
		case "CurrentMeetingTime":
			r.once(&has, hasCurrent)
			s.current, s.exists = r.moment(), true
		case "GlobalObjectId":
			r.once(&has, hasObjectID)
			r.Skip()
		default:
			r.suggestionNumber(&has)
		}
	}
	r.need(has, hasSuggestionsWindow)
}

func (r *scan) suggestionNumber(has *fields) {
	for i, allowed := range suggestionRanges {
		if string(r.Local) != allowed.name {
			continue
		}
		r.once(has, hasNumber<<i)
		if r.suggest.numbers[i] = r.integer(); !allowed.holds(r.suggest.numbers[i]) {
			r.Decline(otherValue)
		}
		return
	}
	r.Decline(otherElement)
}

func (r *scan) assembleSuggestions(p *Presentation) {
	s := &freebusy.Meeting{Attendees: slices.Clone(r.attendees), Window: r.suggest.window.in(&r.clock), MinimumSuggestionQuality: r.suggest.minimum}
	r.suggest.numbers.set(s)
	if r.suggest.exists {
		s.Current = r.suggest.current.in(&r.clock)
	}
	p.Suggestions = s
	if r.untyped || checkWindow(s.Window, &r.clock, "") != nil {
		r.Decline(otherValue)
	}
}
