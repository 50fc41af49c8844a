package ews

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

func readAsked(t *testing.T, document, userAgent string) *request {
	t.Helper()
	m, err := soap.Read(strings.NewReader(document), limits)
	if err != nil {
		t.Fatal(err)
	}
	r, err := decode(m, userAgent)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// decode reads everything of a request, as Handler does.
func decode(m *soap.Message, userAgent string) (*request, error) {
	c, err := readCaller(m, userAgent)
	if err != nil {
		return nil, err
	}
	return readRequest(m, c)
}

func TestWindowsAreOnTheWallClockOfTheZoneUnlessTheySayOtherwise(t *testing.T) {
	inChina := ask().element("Bias", "-480")
	onPacific := ask().without("TimeZone").header(`<t:TimeZoneContext><t:TimeZoneDefinition Id="Pacific Standard Time"/></t:TimeZoneContext>`)
	tests := map[string]struct {
		asked      asked
		start, end string // in UTC
	}{
		"no offset":                           {inChina.window("2026-11-23T08:00:00", "2026-11-24T08:00:00"), "2026-11-23T00:00:00", "2026-11-24T00:00:00"},
		"Z":                                   {inChina.window("2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z"), "2026-11-23T08:00:00", "2026-11-24T08:00:00"},
		"an offset":                           {inChina.window("2026-11-23T08:00:00-05:00", "2026-11-24T08:00:00-05:00"), "2026-11-23T13:00:00", "2026-11-24T13:00:00"},
		"an offset without colon":             {inChina.window("2026-11-23T08:00:00+0800", "2026-11-24T08:00:00+0800"), "2026-11-23T00:00:00", "2026-11-24T00:00:00"},
		"one of each":                         {inChina.window("2026-11-23T08:00:00", "2026-11-24T00:00:00Z"), "2026-11-23T00:00:00", "2026-11-24T00:00:00"},
		"fractions and white space":           {inChina.window("\n 2026-11-23T08:00:00.0000000", "2026-11-24T08:00:00.000Z "), "2026-11-23T00:00:00", "2026-11-24T08:00:00"},
		"standard time":                       {onPacific.window("2026-11-23T00:00:00", "2026-11-24T00:00:00"), "2026-11-23T08:00:00", "2026-11-24T08:00:00"},
		"daylight time":                       {onPacific.window("2026-07-01T00:00:00", "2026-07-02T00:00:00"), "2026-07-01T07:00:00", "2026-07-02T07:00:00"},
		"from daylight to standard time":      {onPacific.window("2026-11-01T00:00:00", "2026-11-02T00:00:00"), "2026-11-01T07:00:00", "2026-11-02T08:00:00"},
		"62 days with an hour more":           {onPacific.window("2026-10-01T00:00:00", "2026-12-02T00:00:00"), "2026-10-01T07:00:00", "2026-12-02T08:00:00"},
		"a window as short as a slot":         {ask().window("2026-11-23T00:00:00", "2026-11-23T00:30:00"), "2026-11-23T00:00:00", "2026-11-23T00:30:00"},
		"the prefix of a byte order mark":     {asked{"\ufeff" + ask().document()}, "2026-11-23T00:00:00", "2026-11-24T00:00:00"},
		"a document that is not declared XML": {ask().replace(`<?xml version="1.0" encoding="utf-8"?>`, ""), "2026-11-23T00:00:00", "2026-11-24T00:00:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := readAsked(t, tt.asked.document(), "").Query.Window
			if start, end := w.Start.Format(wallClock), w.End.Format(wallClock); start != tt.start || end != tt.end {
				t.Errorf("got %s to %s, want %s to %s", start, end, tt.start, tt.end)
			}
		})
	}
}

func TestMailboxesAreReadAsTheyAreWritten(t *testing.T) {
	asked := ask("a", "b").replace("<t:Address>a</t:Address>", "<t:Name>A</t:Name><t:Address>\n <![CDATA[a&]]>@contoso.com </t:Address><t:RoutingType>SMTP</t:RoutingType>").
		replace("<t:Address>b</t:Address>", "<t:Address>/o=First/cn=b</t:Address><t:RoutingType>EX</t:RoutingType>")
	want := []freebusy.Mailbox{{Address: "a&@contoso.com", RoutingType: "SMTP"}, {Address: "/o=First/cn=b", RoutingType: "EX"}}
	if d := cmp.Diff(want, readAsked(t, asked.document(), "").Query.Mailboxes); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestPrefixesMeanNothing(t *testing.T) {
	rotate := map[string]string{"s": "t", "m": "s", "t": "m"}
	document := regexp.MustCompile(`(</?|xmlns:)([smt])([:=])`).ReplaceAllStringFunc(ask().document(), func(tag string) string {
		last := len(tag) - 1
		return tag[:last-1] + rotate[tag[last-1:last]] + tag[last:]
	})
	if got := readAsked(t, document, "").Query.Mailboxes; len(got) != 1 || got[0] != freebusy.SMTP("anna@contoso.com") {
		t.Errorf("got %v", got)
	}
}

func TestViews(t *testing.T) {
	tests := map[string]struct {
		words string
		want  View
		ok    bool
	}{
		"one word":               {"MergedOnly", View{freebusy.MergedOnly, true}, true},
		"each of the words":      {"DetailedMerged", View{freebusy.Detailed, true}, true},
		"a list is a union":      {"FreeBusy MergedOnly", View{freebusy.FreeBusy, true}, true},
		"in any order":           {" MergedOnly\tDetailed ", View{freebusy.Detailed, true}, true},
		"None adds nothing":      {"None FreeBusy", View{freebusy.FreeBusy, false}, true},
		"None":                   {"None", View{}, true},
		"nothing":                {"  ", View{}, false},
		"one unknown word":       {"FreeBusy Secret", View{}, false},
		"upper case is no match": {"FREEBUSY", View{}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, ok := parseView(tt.words); got != tt.want || ok != tt.ok {
				t.Errorf("got %v, %t, want %v, %t", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestDurations(t *testing.T) {
	tests := map[string]struct {
		text string
		want time.Duration
		err  error
	}{
		"the EWS Managed API's": {"-P0DT8H0M0.0S", -8 * time.Hour, nil},
		"hours":                 {"PT2H", 2 * time.Hour, nil},
		"all parts":             {"P1DT2H3M4S", 26*time.Hour + 3*time.Minute + 4*time.Second, nil},
		"no time at all":        {"PT0S", 0, nil},
		"no part":               {"P", 0, errDuration},
		"a T and no time":       {"P1DT", 0, errDuration},
		"months":                {"P1M", 0, errDuration},
		"nothing":               {"", 0, errDuration},
		"something long":        {"PT99999999999999H", 0, errDuration},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := parseDuration(tt.text); got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %v, %v, want %v, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

// FuzzDecode reads any document as a request. What passes is answerable: the
// answer is bounded and can be read.
func FuzzDecode(f *testing.F) {
	for _, recording := range recordings(f) {
		_, body, _ := bytes.Cut(recording, []byte("\r\n\r\n"))
		f.Add(body)
	}
	f.Add([]byte(ask().without("TimeZone").header(managedAPIZone).suggestions().document()))
	f.Add([]byte(ask().header(`<t:SerializedSecurityContext><t:PrimarySmtpAddress>a@b</t:PrimarySmtpAddress></t:SerializedSecurityContext>`).view("FreeBusy MergedOnly").document()))
	f.Fuzz(func(t *testing.T, document []byte) {
		m, err := soap.Read(bytes.NewReader(document), limits)
		if err != nil {
			return
		}
		r, err := decode(m, "")
		if err != nil {
			checkFault(t, err)
			return
		}
		calendar := &freebusy.Calendar{Detail: freebusy.Detailed, Events: []freebusy.Event{{Start: r.Query.Window.Start, End: r.Query.Window.End, Busy: freebusy.Busy}}}
		answers := slices.Repeat([]freebusy.Answer{{Calendar: calendar}}, len(r.Query.Mailboxes))
		answer := writeAnswer(new(paper), answers, &r.Presentation, "fb")
		if _, err := soap.Read(strings.NewReader(whole(answer)), soap.Limits{Bytes: int64(len(answers)+1) << 20}); err != nil {
			t.Errorf("the answer cannot be read: %v", err)
		}
	})
}

func checkFault(t *testing.T, err error) {
	t.Helper()
	fault, ok := errors.AsType[*freebusy.Error](err)
	if !ok {
		t.Fatalf("got an error of type %T", err)
	}
	m, err := soap.Read(io.Reader(bytes.NewReader(writeFault(fault))), soap.Limits{})
	if err != nil || m.Fault() == nil || m.Fault().Code != string(fault.Code) {
		t.Errorf("the fault for %v cannot be read: %v", fault, err)
	}
}
