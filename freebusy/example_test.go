package freebusy_test

import (
	"context"
	"fmt"
	"time"

	"availproxy/freebusy"
)

// Two overlapping events: each hour shows the busier one.
func ExampleMerge() {
	at := func(hour, minute int) time.Time {
		return time.Date(2008, time.January, 30, hour, minute, 0, 0, time.UTC)
	}
	events := []freebusy.Event{
		{Start: at(12, 0), End: at(14, 0), Busy: freebusy.OOF},
		{Start: at(13, 30), End: at(14, 30), Busy: freebusy.Busy},
	}
	fmt.Println(freebusy.Merge(events, freebusy.Window{Start: at(8, 0), End: at(18, 0)}, time.Hour))
	// Output: 0000332000
}

// A caller's zone turns wall clocks into moments, and moments into wall clocks.
func ExampleTimeZone() {
	seattle := freebusy.TimeZone{
		Bias:     480,
		Standard: freebusy.Transition{Month: time.November, DayOrder: 1, DayOfWeek: time.Sunday, Time: 2 * 60 * 60},
		Daylight: freebusy.Transition{Bias: -60, Month: time.March, DayOrder: 2, DayOfWeek: time.Sunday, Time: 2 * 60 * 60},
	}
	asked := time.Date(2026, time.July, 1, 9, 0, 0, 0, time.UTC) // nine o'clock in Seattle, its label does not matter
	fmt.Println(seattle.Instant(asked).Format(time.RFC3339))
	fmt.Println(seattle.Wall(seattle.Instant(asked)).Format("2006-01-02T15:04:05"))
	// Output:
	// 2026-07-01T16:00:00Z
	// 2026-07-01T09:00:00
}

// The rules that an old Exchange server would send for a place.
func ExampleZoneOf() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		fmt.Println(err)
		return
	}
	zone := freebusy.ZoneOf(berlin, time.Date(2026, time.November, 23, 0, 0, 0, 0, berlin))
	fmt.Println("bias", zone.Bias, "and in summer", zone.Daylight.Bias)
	fmt.Println("from", zone.Daylight.Month, "to", zone.Standard.Month, "on the last", zone.Standard.DayOfWeek)
	// Output:
	// bias -60 and in summer -60
	// from March to October on the last Sunday
}

// twoForests is a Directory in which the domain is the connector.
type twoForests struct{}

func (twoForests) Failed(freebusy.Route, error) {}

func (twoForests) Routes(_ context.Context, mailboxes []freebusy.Mailbox) []freebusy.Route {
	routes := make([]freebusy.Route, len(mailboxes))
	for i, m := range mailboxes {
		routes[i] = freebusy.Route{Connector: m.Domain(), Address: m.Address}
	}
	return routes
}

// One forest is down; the other's mailboxes are answered all the same, in the
// order in which they were asked for.
func ExampleRouter() {
	router := &freebusy.Router{
		Directory: twoForests{},
		Forest: func(connector, _ string) freebusy.Source {
			return sourceFunc(func(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
				if connector == "fabrikam.com" {
					return nil, fmt.Errorf("%s does not answer", connector)
				}
				answers := make([]freebusy.Answer, len(q.Mailboxes))
				for i := range answers {
					answers[i].Calendar = &freebusy.Calendar{Origin: freebusy.Origin{Connector: connector}}
				}
				return answers, nil
			})
		},
	}
	question := freebusy.Query{Mailboxes: []freebusy.Mailbox{freebusy.SMTP("ben@fabrikam.com"), freebusy.SMTP("anna@contoso.com")}}
	answers, err := router.Availability(context.Background(), question)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, a := range answers {
		if a.Err != nil {
			fmt.Println(question.Mailboxes[i].Address, a.Err.Code)
		} else {
			fmt.Println(question.Mailboxes[i].Address, "answered by", a.Calendar.Origin.Connector)
		}
	}
	// Output:
	// ben@fabrikam.com ErrorProxyRequestProcessingFailed
	// anna@contoso.com answered by contoso.com
}
