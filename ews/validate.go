package ews

import (
	"fmt"
	"time"

	"availproxy/freebusy"
)

// What may be asked in one request. The window is that of Exchange 2013 and
// Exchange Online for every caller: older servers stop at 42 days themselves.
const (
	maxMailboxes   = 100
	maxWindowDays  = 62
	minInterval    = 5 * time.Minute
	maxInterval    = 24 * time.Hour
	viewOptionsArg = "FreeBusyViewOptions.TimeWindow"
)

func checkMailboxCount(n int) error {
	switch {
	case n == 0:
		return &freebusy.Error{Code: freebusy.ErrorMailboxDataArrayEmpty, Text: "There are no target users in the EmailAddress array."}
	case n > maxMailboxes:
		return &freebusy.Error{
			Code: freebusy.ErrorMailboxDataArrayTooBig,
			Text: fmt.Sprintf("There are too many target users in the EmailAddress array. The allowed size = %d; the actual size = %d.", maxMailboxes, n),
		}
	}
	return nil
}

// checkWindow measures the window on the wall clock of its zone, where 62 days
// are 62 days also when the clocks change in between.
func checkWindow(w freebusy.Window, zone zone, argument string) error {
	if !w.Start.Before(w.End) {
		return &freebusy.Error{
			Code: freebusy.ErrorInvalidTimeInterval,
			Text: "The time duration specified for " + argument + " is invalid.",
		}
	}
	return checkDays(w, zone, maxWindowDays, argument)
}

// checkHull keeps two windows that are far apart from becoming one long
// question. Windows that meet are never too long together.
func checkHull(hull freebusy.Window, zone zone) error {
	return checkDays(hull, zone, 2*maxWindowDays, viewOptionsArg+" and SuggestionsViewOptions.DetailedSuggestionsWindow together")
}

func checkDays(w freebusy.Window, zone zone, most int64, argument string) error {
	const day = 24 * 60 * 60
	if long := zone.Wall(w.End).Unix() - zone.Wall(w.Start).Unix(); long > most*day {
		return &freebusy.Error{
			Code: freebusy.ErrorTimeIntervalTooBig,
			Text: fmt.Sprintf("The requested time duration specified for %s is too long. The allowed limit = %d days; the actual limit = %d days.",
				argument, most, (long-1)/day+1),
		}
	}
	return nil
}

// checkInterval allows an interval as long as the window.
func checkInterval(interval time.Duration, w freebusy.Window) error {
	if interval < minInterval || interval > maxInterval || interval > w.Duration() {
		return &freebusy.Error{
			Code: freebusy.ErrorInvalidMergedInterval,
			Text: "The specified merged free/busy interval is not valid. Specify an interval that is less than the free/busy time window and between 5 and 1440 minutes.",
		}
	}
	return nil
}

func invalidView() error {
	return &freebusy.Error{Code: freebusy.ErrorInvalidFreeBusyViewType, Text: "The requested free/busy view type is not valid."}
}

// outOfRange refuses a number that is an xs:int, but none of those that the
// documents allow. No document names a code for this.
func outOfRange(argument string, least, most int) error {
	return invalidRequest(fmt.Sprintf("%s must be between %d and %d", argument, least, most))
}

func missingArgument(argument string) error {
	return &freebusy.Error{Code: freebusy.ErrorMissingArgument, Text: "The required argument " + argument + " is missing."}
}
