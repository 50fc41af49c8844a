package ews

import (
	"errors"
	"regexp"
	"strconv"
	"time"
)

// durations is the part of xs:duration that zone definitions use: days and
// smaller, with a sign in front ("-P0DT8H0M0.0S" of the EWS Managed API).
var durations = regexp.MustCompile(`^(-)?P(?:(\d{1,3})D)?(?:T(?:(\d{1,3})H)?(?:(\d{1,5})M)?(?:(\d{1,6})(?:\.\d*)?S)?)?$`)

var errDuration = errors.New("not an xs:duration of days or less")

// parseDuration reads an xs:duration in whole seconds; months and years, which
// have no fixed length, are refused.
func parseDuration(text string) (time.Duration, error) {
	parts := durations.FindStringSubmatch(text)
	if parts == nil || text[len(text)-1] == 'P' || text[len(text)-1] == 'T' {
		return 0, errDuration
	}
	var d time.Duration
	for i, unit := range [...]time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(parts[2+i]) // digits only, or absent
		d += time.Duration(n) * unit
	}
	if parts[1] != "" {
		d = -d
	}
	return d, nil
}
