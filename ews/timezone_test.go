package ews

import (
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// managedAPIZone is a definition as the EWS Managed API writes it: without
// daylight time, as in China.
const managedAPIZone = `<t:TimeZoneContext><t:TimeZoneDefinition Name="(UTC+08:00) Beijing" Id="China Standard Time">
<t:Periods><t:Period Bias="-P0DT8H0M0.0S" Name="Standard" Id="Std" /></t:Periods>
<t:TransitionsGroups><t:TransitionsGroup Id="0"><t:Transition><t:To Kind="Period">Std</t:To></t:Transition></t:TransitionsGroup></t:TransitionsGroups>
<t:Transitions><t:Transition><t:To Kind="Group">0</t:To></t:Transition></t:Transitions></t:TimeZoneDefinition></t:TimeZoneContext>`

// pacificZone is a definition with rules that changed in 2007.
const pacificZone = `<t:TimeZoneContext><t:TimeZoneDefinition Id="Pacific Standard Time">
<t:Periods><t:Period Bias="PT8H" Name="Standard" Id="s"/><t:Period Bias="PT7H" Name="Daylight" Id="d"/></t:Periods>
<t:TransitionsGroups>
<t:TransitionsGroup Id="old">
<t:RecurringDayTransition><t:To Kind="Period">d</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>4</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>1</t:Occurrence></t:RecurringDayTransition>
<t:RecurringDayTransition><t:To Kind="Period">s</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>-1</t:Occurrence></t:RecurringDayTransition>
</t:TransitionsGroup>
<t:TransitionsGroup Id="new">
<t:RecurringDayTransition><t:To Kind="Period">d</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>2</t:Occurrence></t:RecurringDayTransition>
<t:RecurringDayTransition><t:To Kind="Period">s</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>11</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>1</t:Occurrence></t:RecurringDayTransition>
</t:TransitionsGroup>
<t:TransitionsGroup Id="dates">
<t:RecurringDateTransition><t:To Kind="Period">d</t:To><t:TimeOffset>PT0S</t:TimeOffset><t:Month>3</t:Month><t:Day>21</t:Day></t:RecurringDateTransition>
<t:RecurringDateTransition><t:To Kind="Period">s</t:To><t:TimeOffset>PT0S</t:TimeOffset><t:Month>9</t:Month><t:Day>21</t:Day></t:RecurringDateTransition>
</t:TransitionsGroup>
</t:TransitionsGroups>
<t:Transitions><t:Transition><t:To Kind="Group">old</t:To></t:Transition>
<t:AbsoluteDateTransition><t:To Kind="Group">new</t:To><t:DateTime>2007-01-01T00:00:00</t:DateTime></t:AbsoluteDateTransition>
<t:AbsoluteDateTransition><t:To Kind="Group">dates</t:To><t:DateTime>2040-01-01T00:00:00</t:DateTime></t:AbsoluteDateTransition>
</t:Transitions></t:TimeZoneDefinition></t:TimeZoneContext>`

func TestZones(t *testing.T) {
	body := func(zone string) asked { return ask().element("TimeZone", zone) }
	header := func(zone string) asked { return ask().without("TimeZone").header(zone) }
	named := func(id string) asked {
		return header(`<t:TimeZoneContext><t:TimeZoneDefinition Id="` + id + `"/></t:TimeZoneContext>`)
	}
	rule := func(bias, time, order, month, day, more string) string {
		return "<t:Bias>" + bias + "</t:Bias><t:Time>" + time + "</t:Time><t:DayOrder>" + order + "</t:DayOrder><t:Month>" + month + "</t:Month>" + day + more
	}
	sunday := "<t:DayOfWeek>Sunday</t:DayOfWeek>"
	old := pacific
	old.Standard.Month, old.Standard.DayOrder, old.Daylight.Month, old.Daylight.DayOrder = time.October, 5, time.April, 1
	tests := map[string]struct {
		asked asked
		want  freebusy.TimeZone
	}{
		"Seattle": {body("<t:Bias>480</t:Bias><t:StandardTime>" + rule("0", "02:00:00", "1", "11", sunday, "") +
			"</t:StandardTime><t:DaylightTime>" + rule("-60", "02:00:00", "2", "3", sunday, "") + "</t:DaylightTime>"), pacific},
		"month 0, as evolution has it": {body("<t:Bias>-480</t:Bias><t:StandardTime>" + rule("0", "00:00:00", "0", "0", sunday, "") +
			"</t:StandardTime><t:DaylightTime>" + rule("0", "00:00:00", "0", "0", sunday, "") + "</t:DaylightTime>"), china},
		"rules for one year, without weekday": {body("<t:Bias>-60</t:Bias><t:StandardTime>" + rule("0", "03:00:00", "25", "10", "", "<t:Year>2026</t:Year>") +
			"</t:StandardTime><t:DaylightTime>" + rule("-60", "02:00:00", "29", "3", "", "<t:Year>2026</t:Year>") + "</t:DaylightTime>"),
			freebusy.TimeZone{
				Bias:     -60,
				Standard: freebusy.Transition{Month: time.October, DayOrder: 25, Time: 10800, Year: 2026},
				Daylight: freebusy.Transition{Bias: -60, Month: time.March, DayOrder: 29, Time: 7200, Year: 2026},
			}},
		"a Windows zone by its name":             {named("Pacific Standard Time"), pacific},
		"a Windows zone without daylight time":   {named("China Standard Time"), china},
		"UTC":                                    {named("UTC"), freebusy.TimeZone{}},
		"a definition without daylight time":     {header(managedAPIZone), china},
		"a definition with the rules of today":   {header(pacificZone), pacific},
		"a definition with the rules of then":    {header(pacificZone).window("2006-11-23T00:00:00", "2006-11-24T00:00:00"), old},
		"the body's zone before the header's":    {ask().header(pacificZone), freebusy.TimeZone{}},
		"a name beside a definition is not read": {header(strings.Replace(managedAPIZone, "China Standard Time", "Customized Time Zone", 1)), china},
		"a definition with dates": {header(pacificZone).window("2041-11-23T00:00:00", "2041-11-24T00:00:00"),
			freebusy.TimeZone{
				Bias:     480,
				Standard: freebusy.Transition{Month: time.September, DayOrder: 21, Year: 2041},
				Daylight: freebusy.Transition{Bias: -60, Month: time.March, DayOrder: 21, Year: 2041},
			}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, readAsked(t, tt.asked.document(), "").Presentation.Zone); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestBrokenZoneDefinitionsAreRefused(t *testing.T) {
	tests := map[string]struct{ old, new string }{
		"no such group":       {`Kind="Group">new<`, `Kind="Group">newer<`},
		"no such period":      {`Id="d"/>`, `Id="x"/>`},
		"a bias in months":    {`Bias="PT7H"`, `Bias="P1M"`},
		"a bias of days":      {`Bias="PT7H"`, `Bias="P3D"`},
		"no date":             {"2007-01-01T00:00:00", "then"},
		"month 13":            {"<t:Month>11</t:Month>", "<t:Month>13</t:Month>"},
		"month November":      {"<t:Month>11</t:Month>", "<t:Month>November</t:Month>"},
		"no weekday":          {"<t:Month>11</t:Month><t:DayOfWeek>Sunday", "<t:Month>11</t:Month><t:DayOfWeek>Weekday"},
		"the eighth Sunday":   {"<t:Occurrence>2</t:Occurrence>", "<t:Occurrence>8</t:Occurrence>"},
		"no time of day":      {"<t:TimeOffset>PT2H</t:TimeOffset><t:Month>11<", "<t:TimeOffset>-PT2H</t:TimeOffset><t:Month>11<"},
		"a third transition":  {`<t:TransitionsGroup Id="new">`, `<t:TransitionsGroup Id="new"><t:Transition><t:To Kind="Period">s</t:To></t:Transition>`},
		"a group of no rules": {`<t:TransitionsGroup Id="new">`, `<t:TransitionsGroup Id="new"/><t:TransitionsGroup Id="other">`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(pacificZone, tt.old) {
				t.Fatalf("%q is not in the definition", tt.old)
			}
			document := ask().without("TimeZone").header(strings.Replace(pacificZone, tt.old, tt.new, 1)).document()
			m, err := soap.Read(strings.NewReader(document), limits)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := decode(m, ""); asFault(err).Code != freebusy.ErrorTimeZone {
				t.Errorf("got %v, want ErrorTimeZone", err)
			}
		})
	}
}

func TestZonesThatAreWrittenAreReadAgain(t *testing.T) {
	year := pacific
	year.Standard.Year, year.Daylight.Year, year.Standard.DayOfWeek = 2026, 2026, time.Sunday
	for name, zone := range map[string]freebusy.TimeZone{"UTC": {}, "China": china, "Seattle": pacific, "one year": year, "a half hour": {Bias: -345}} {
		t.Run(name, func(t *testing.T) {
			parent := etree.NewElement("t:WorkingHours")
			parent.CreateAttr("xmlns:t", nsTypes)
			addTimeZone(parent, zone)
			got, err := readTimeZone(&soap.Message{}, parent.ChildElements()[0])
			if err != nil || got != zone {
				t.Errorf("got %+v, %v, want %+v", got, err, zone)
			}
		})
	}
}

func TestWallClocksStayWithinTheYearsOfNET(t *testing.T) {
	at := func(year int) time.Time { return time.Date(year, time.January, 1, 0, 30, 0, 0, time.UTC) }
	tests := map[string]struct {
		zone freebusy.TimeZone
		at   time.Time
		want string
	}{
		"the first year":                  {china, at(1), "0001-01-01T08:30:00"},
		"the year before it":              {pacific, at(1), "0001-01-01T00:00:00"},
		"the last year":                   {pacific, at(10000), "9999-12-31T16:30:00"},
		"the year after it":               {china, at(10000), "9999-12-31T23:59:59"},
		"where Outlook has no date":       {freebusy.TimeZone{}, at(4501), "4501-01-01T00:30:00"},
		"a moment in the midst of things": {china, monday, "2026-11-23T08:00:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := formatWall(tt.zone, tt.at); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
