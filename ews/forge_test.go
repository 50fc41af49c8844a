package ews

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"availproxy/ews/soap"
)

// A forge makes requests that nobody has ever sent, from a seed: most of them as
// some program might, the others broken in one of many ways.
type forge struct {
	*rand.Rand
	style style
	odd   bool // some values are as no program would write them
}

// newForge makes request n of that seed, and no other.
func newForge(seed, n uint64) *forge {
	f := &forge{Rand: rand.New(rand.NewPCG(seed, n))}
	f.odd = f.one(3)
	f.style = f.newStyle()
	return f
}

// document is one request, or what is left of it.
func (f *forge) document() []byte {
	root := f.envelope()
	for f.one(3) {
		f.spoil(root)
	}
	document := f.write(root)
	for f.one(10) {
		document = f.damage(document)
	}
	return document
}

// one is true once in n times.
func (f *forge) one(n int) bool { return f.IntN(n) == 0 }

func choose[T any](f *forge, from ...T) T { return from[f.IntN(len(from))] }

// rarely is true once in n times, and only where the values are odd.
func (f *forge) rarely(n int) bool { return f.odd && f.one(n) }

// word is one of usual, and rarely one of odd.
func (f *forge) word(usual []string, odd ...string) string {
	if len(odd) > 0 && f.rarely(8) {
		return choose(f, odd...)
	}
	return choose(f, usual...)
}

func words(list string) []string { return strings.Split(list, "|") }

// part is an element, in a form that is easy to spoil.
type part struct {
	space, local string
	attributes   []given
	text         string // as it is to be written
	children     []*part
}

type given struct{ space, local, value string }

func element(space, local string, children ...*part) *part {
	return &part{space: space, local: local, children: slices.DeleteFunc(children, func(p *part) bool { return p == nil })}
}

func typed(local string, children ...*part) *part { return element(nsTypes, local, children...) }

func leaf(local, text string) *part { return &part{space: nsTypes, local: local, text: text} }

// maybe leaves p out once in n times.
func (f *forge) maybe(n int, p *part) *part {
	if f.one(n) {
		return nil
	}
	return p
}

// needed leaves p out rarely.
func (f *forge) needed(p *part) *part {
	if f.rarely(20) {
		return nil
	}
	return p
}

func (f *forge) envelope() *part {
	request := element(nsMessages, "GetUserAvailabilityRequest",
		f.maybe(4, f.timeZone()), f.needed(f.mailboxes()), f.maybe(10, f.viewOptions()), f.maybe(2, f.suggestionsOptions()))
	if f.one(6) {
		f.Shuffle(len(request.children), func(i, k int) { request.children[i], request.children[k] = request.children[k], request.children[i] })
	}
	return element(soap.Envelope11, "Envelope", f.header(), element(soap.Envelope11, "Body", request))
}

func (f *forge) header() *part {
	header := element(soap.Envelope11, "Header")
	add := func(p *part) {
		if f.one(8) {
			p.attributes = append(p.attributes, given{soap.Envelope11, "mustUnderstand", choose(f, "1", "0", "true")})
		}
		header.children = append(header.children, p)
	}
	versions := words("Exchange2007|Exchange2007_SP1|Exchange2010|Exchange2010_SP2|Exchange2013|Exchange2016|V2017_07_11")
	for _, p := range []*part{
		f.maybe(2, &part{space: nsTypes, local: "RequestServerVersion", attributes: []given{{"", "Version", f.word(versions, "Exchange2019", "")}}}),
		f.maybe(2, leaf(choose(f, "ProxyRequestTypeHeader", "RequestType"), f.word(words("CrossForest|CrossSite|Else")))),
		f.maybe(9, f.zoneContext()),
		f.maybe(3, f.securityContext()),
		f.maybe(3, &part{space: choose(f, nsAddressing, nsAddressingSlash), local: choose(f, "MessageID", "To", "Action"), text: f.word(words("urn:uuid:1|urn:uuid:2"), oddTexts...)}),
		f.maybe(5, typed(choose(f, "MailboxCulture", "ExchangeImpersonation", "ManagementRole"), f.maybe(2, leaf("Anything", f.text())))),
	} {
		if p != nil {
			add(p)
		}
	}
	if f.rarely(20) {
		add(typed("RequestTypeHeader", f.needed(leaf("RequestType", f.word(words("CrossForest|CrossSite"))))))
	}
	if f.rarely(20) {
		add(&part{space: "urn:else", local: "Else", text: f.text()})
	}
	f.Shuffle(len(header.children), func(i, k int) { header.children[i], header.children[k] = header.children[k], header.children[i] })
	return f.maybe(20, header)
}

func (f *forge) zoneContext() *part {
	definition := &part{space: nsTypes, local: "TimeZoneDefinition", attributes: []given{
		{"", "Id", f.word(words("UTC|China Standard Time|Pacific Standard Time|W. Europe Standard Time"), "pacific standard time", "Nowhere", " UTC ", "")}}}
	if f.one(2) {
		definition.attributes = append(definition.attributes, given{"", "Name", f.word(words("(UTC) Else|Central Time (US &amp; Canada)|a&lt;b"), "a&b", "a<b")})
	}
	if f.one(4) {
		definition.children = f.spelledOut()
	}
	return typed("TimeZoneContext", f.needed(definition))
}

func (f *forge) spelledOut() []*part {
	period := &part{space: nsTypes, local: "Period", attributes: []given{{"", "Bias", f.word(words("-P0DT8H0M0.0S|PT8H|PT0S"), "P")}, {"", "Name", "Standard"}, {"", "Id", "Std"}}}
	to := func(kind, id string) *part {
		return &part{space: nsTypes, local: "To", text: id, attributes: []given{{"", "Kind", kind}}}
	}
	group := &part{space: nsTypes, local: "TransitionsGroup", attributes: []given{{"", "Id", "0"}}, children: []*part{typed("Transition", to("Period", f.word(words("Std"), "X")))}}
	return []*part{typed("Periods", period), typed("TransitionsGroups", group), typed("Transitions", typed("Transition", to("Group", "0")))}
}

func (f *forge) securityContext() *part {
	groups := func(list, entry string) *part {
		e := typed(list)
		for range f.IntN(choose(f, 4, 4, 12)) {
			e.children = append(e.children, typed(entry, f.needed(leaf("SecurityIdentifier", f.sid()))))
			e.children[len(e.children)-1].attributes = []given{{"", "Attributes", "7"}}
		}
		return e
	}
	return typed("SerializedSecurityContext", f.needed(leaf("UserSid", f.sid())), f.maybe(3, groups("GroupSids", "GroupIdentifier")),
		f.maybe(3, groups("RestrictedGroupSids", "RestrictedGroupIdentifier")), f.maybe(3, leaf("PrimarySmtpAddress", f.address())))
}

func (f *forge) sid() string {
	return f.word(words("S-1-5-21-1085031214-1563985344-725345543-1103|S-1-5-32-545|S-1-0x0123456789aB-1"), "S-1-5", "S-2-5-1", " S-1-5-18 ", "S-1-5-12345678901", "")
}

func (f *forge) timeZone() *part {
	rule := func(local string, month int) *part {
		e := typed(local, leaf("Bias", f.number(0, -60, 60)), f.needed(leaf("Time", f.word(words("02:00:00|00:00:00|03:30:00"), "24:00:00", "2:0:0", "02:00:00.5"))),
			leaf("DayOrder", f.number(0, 1, 2, 5)), leaf("Month", f.number(0, month)), f.needed(leaf("DayOfWeek", f.word(words("Sunday|Friday"), "Someday", ""))))
		if f.rarely(8) {
			e.children = append(e.children, leaf("Year", f.number(2026, 0, 1)))
		}
		return e
	}
	return typed("TimeZone", leaf("Bias", f.number(-480, 0, 300, 480, -345)), f.needed(rule("StandardTime", 11)), f.needed(rule("DaylightTime", 3)))
}

// number is one of usual, and rarely something else.
func (f *forge) number(usual ...int) string {
	n := choose(f, usual...)
	return f.word([]string{fmt.Sprint(n)}, "", "x", "5.0", "99999999999", "1e3", "٣", "0x10", "1 2", fmt.Sprintf("%+04d", n), fmt.Sprint(f.IntN(4000)-2000))
}

func (f *forge) mailboxes() *part {
	array := element(nsMessages, "MailboxDataArray")
	n := 1 + f.IntN(choose(f, 3, 3, 7))
	if f.rarely(30) {
		n = choose(f, 0, 100, 101)
	}
	alike := f.one(2)
	for range n {
		if alike && len(array.children) > 0 { // as nearly everybody writes them
			next := array.children[0].clone()
			f.readdress(next)
			array.children = append(array.children, next)
			continue
		}
		array.children = append(array.children, typed("MailboxData",
			typed("Email", f.maybe(2, leaf("Name", f.text())), f.needed(leaf("Address", f.address())), f.maybe(2, leaf("RoutingType", f.word(words("SMTP|EX"), "smtp", "")))),
			f.needed(leaf("AttendeeType", f.word(words("Organizer|Required|Optional|Room|Resource"), "Nobody", ""))),
			f.maybe(2, leaf("ExcludeConflicts", f.word(words("true|false|0|1"), "True", "")))))
	}
	return array
}

func (f *forge) readdress(p *part) {
	if p.local == "Address" {
		p.text = f.address()
	}
	for _, c := range p.children {
		f.readdress(c)
	}
}

func (f *forge) address() string {
	return f.word(words("anna@contoso.com|Bob@Contoso.com|jörg@contoso.com|/o=First/cn=b|o'neill@contoso.com"), " eve@contoso.com ", "r&amp;d@contoso.com", "a&#64;b", "", "a\rb")
}

// text is one that nobody reads.
func (f *forge) text() string {
	return f.word(words("Anna|Anna &amp; Bob|a > b|ünï|[[x]]"), oddTexts...)
}

var oddTexts = []string{"", "a]]&gt;b", "]]>", "&#x41;", "&nbsp;", "&", strings.Repeat("long ", 40), "\ufffe"}

func (f *forge) window(local string) *part {
	return typed(local, f.needed(leaf("StartTime", f.moment(20))), f.needed(leaf("EndTime", f.moment(24))))
}

func (f *forge) moment(day int) string {
	date := fmt.Sprintf("2026-%02d-%02d", choose(f, 11, 3), day+f.IntN(4))
	if !f.odd {
		date = fmt.Sprintf("2026-11-%02d", day+f.IntN(4))
	}
	clock := fmt.Sprintf("T%02d:%02d:%02d", f.IntN(24), f.IntN(60), f.IntN(60))
	fraction, zone := "", ""
	if f.one(5) {
		fraction = choose(f, ".0", ".123", ".1234567", ".123456789")
	}
	if f.one(3) {
		zone = choose(f, "Z", "+08:00", "-05:30", "-00:00", "+14:00")
	}
	return date + f.word([]string{"T00:00:00", clock}, "T24:00:00", " 00:00:00", "T8:00:00", "T23:59:60", "T10:00") +
		f.word([]string{fraction}, ".1234567891", ".", ",5") + f.word([]string{zone}, "+0800", "+23:00", "z", "+8:00")
}

func (f *forge) viewOptions() *part {
	return typed("FreeBusyViewOptions", f.needed(f.window("TimeWindow")), f.maybe(5, leaf("MergedFreeBusyIntervalInMinutes", f.number(30, 15, 60, 5))),
		f.maybe(5, leaf("RequestedView", f.word(words("MergedOnly|FreeBusy|FreeBusyMerged|Detailed|DetailedMerged|FreeBusy MergedOnly"), "None", "Else", ""))))
}

func (f *forge) suggestionsOptions() *part {
	return typed("SuggestionsViewOptions", f.maybe(2, leaf("GoodThreshold", f.number(25, 0, 50))), f.maybe(2, leaf("MaximumResultsByDay", f.number(10, 0, 48))),
		f.maybe(2, leaf("MaximumNonWorkHourResultsByDay", f.number(0, 48))), f.maybe(2, leaf("MeetingDurationInMinutes", f.number(60, 30, 1440))),
		f.maybe(2, leaf("MinimumSuggestionQuality", f.word(words("Poor|Fair|Good|Excellent"), "Bad", ""))), f.needed(f.window("DetailedSuggestionsWindow")),
		f.maybe(2, leaf("CurrentMeetingTime", f.word([]string{f.moment(21)}, "0001-01-01T00:00:00", ""))), f.maybe(3, leaf("GlobalObjectId", f.text())))
}
