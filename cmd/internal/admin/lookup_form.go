package admin

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"availproxy/freebusy"
)

// form is a look-up as somebody typed it, with what is wrong with each field.
type form struct {
	Mailboxes, Day, Days, Zone string
	Wrong                      map[string]string // by the name of the field
}

// What a form may ask for at once.
const (
	mostMailboxes  = 20
	mostDays       = 14
	longestAddress = 320 // RFC 3696 3, with its erratum 1690 left aside
)

// newForm asks for today.
func newForm(now time.Time) form {
	return form{Day: now.UTC().Format(time.DateOnly), Days: "1", Zone: "UTC"}
}

func readForm(values url.Values) form {
	return form{
		Mailboxes: values.Get("mailboxes"), Day: strings.TrimSpace(values.Get("day")),
		Days: strings.TrimSpace(values.Get("days")), Zone: strings.TrimSpace(values.Get("zone")),
	}
}

// mistake is what is wrong with one field.
type mistake struct{ Field, Why string }

// Mistakes are in the order of the fields.
func (f form) Mistakes() []mistake {
	var all []mistake
	for _, field := range []string{"mailboxes", "day", "days", "zone"} {
		if why := f.Wrong[field]; why != "" {
			all = append(all, mistake{field, why})
		}
	}
	return all
}

// asked is a question that a form makes: whole days, on the clock of a zone.
type asked struct {
	query freebusy.Query
	zone  *time.Location
	days  []freebusy.Window
}

// asked makes the question, or notes in f all that keeps it from being one. It is
// about times alone: what people do is nothing that an operator needs.
func (f *form) asked() (asked, bool) {
	f.Wrong = map[string]string{}
	zone, err := freebusy.Location(f.Zone)
	if err != nil {
		f.Wrong["zone"], zone = "Name a time zone, such as Asia/Shanghai or China Standard Time.", time.UTC
	}
	a := asked{zone: zone, days: f.days(zone)}
	a.query = freebusy.Query{Mailboxes: f.mailboxes(), Detail: freebusy.FreeBusy, Interval: 30 * time.Minute}
	if len(f.Wrong) > 0 {
		return asked{}, false
	}
	a.query.Window = freebusy.Window{Start: a.days[0].Start, End: a.days[len(a.days)-1].End}
	return a, true
}

// days are the days of the form, of which one may have 23 hours or 25.
func (f *form) days(zone *time.Location) []freebusy.Window {
	first, err := time.ParseInLocation(time.DateOnly, f.Day, zone)
	if err != nil || first.Year() < 1900 || first.Year() > 2999 {
		f.Wrong["day"] = "Give the first day as year-month-day, such as 2026-11-23."
	}
	count, err := strconv.Atoi(f.Days)
	if err != nil || count < 1 || count > mostDays {
		f.Wrong["days"] = fmt.Sprintf("Give a number of days from 1 to %d.", mostDays)
	}
	var days []freebusy.Window
	for i := range min(max(count, 0), mostDays) {
		year, month, day := first.Date()
		w := freebusy.Window{Start: time.Date(year, month, day+i, 0, 0, 0, 0, zone), End: time.Date(year, month, day+i+1, 0, 0, 0, 0, zone)}
		if w.Start.Before(w.End) {
			days = append(days, w)
		}
	}
	if len(days) == 0 && len(f.Wrong) == 0 { // 30 December 2011 in Pacific/Apia
		f.Wrong["day"] = "There was no such day in that zone."
	}
	return days
}

// mailboxes are separated by whatever people put between addresses.
func (f *form) mailboxes() []freebusy.Mailbox {
	var all []freebusy.Mailbox
	for _, address := range strings.FieldsFunc(f.Mailboxes, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }) {
		if !plausible(address) {
			f.Wrong["mailboxes"] = fmt.Sprintf("%.80q is no SMTP address.", address)
		}
		all = append(all, freebusy.SMTP(address))
	}
	switch {
	case len(all) == 0:
		f.Wrong["mailboxes"] = "Give one SMTP address or more."
	case len(all) > mostMailboxes:
		f.Wrong["mailboxes"] = fmt.Sprintf("Give %d addresses at most; these are %d.", mostMailboxes, len(all))
	}
	return all
}

// plausible reports whether text may be an address. Whether there is such a mailbox
// is for its forest to say.
func plausible(text string) bool {
	at := strings.LastIndexByte(text, '@')
	return at > 0 && at < len(text)-1 && len(text) <= longestAddress && !strings.ContainsFunc(text, unfit)
}

func unfit(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || strings.ContainsRune(`<>"`, r)
}
