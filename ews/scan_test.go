package ews

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"availproxy/ews/soap"
)

// compare reads a document both ways and reports whether the fast path took it.
// Then it must have read what the general path reads, and the error says what is
// different.
func compare(r *scan, document []byte, userAgent string) (took bool, err error) {
	if !r.read(document, userAgent) {
		return false, nil
	}
	m, err := soap.Parse(document, limits)
	if err != nil {
		return true, fmt.Errorf("the general path refuses the document: %w\n%s", err, document)
	}
	c, err := readCaller(m, userAgent)
	if err != nil {
		return true, fmt.Errorf("the general path refuses the caller: %w\n%s", err, document)
	}
	general, err := readRequest(m, c)
	if err != nil {
		return true, fmt.Errorf("the general path refuses the request: %w\n%s", err, document)
	}
	c.header.zone = nil // the request has taken what it needs of it
	if !reflect.DeepEqual(c, r.caller) {
		d := cmp.Diff(c, r.caller, cmp.AllowUnexported(caller{}, header{}, evidence{}, SecurityContext{}))
		return true, fmt.Errorf("the caller (-general +fast)\n%s\n%s", d, document)
	}
	if !reflect.DeepEqual(general.Query, r.request.Query) || !reflect.DeepEqual(general.Presentation, r.request.Presentation) {
		d := cmp.Diff(general, &r.request, cmpopts.IgnoreUnexported(request{}))
		return true, fmt.Errorf("the request (-general +fast)\n%s\n%s", d, document)
	}
	if general.Presentation.memoKey() != r.request.Presentation.memoKey() {
		return true, fmt.Errorf("the same presentation has two keys:\n%s", document)
	}
	return true, nil
}

func documentOf(t testing.TB, recording []byte) (document []byte, userAgent string) {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(recording)))
	if err != nil {
		t.Fatal(err)
	}
	document, err = io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return document, r.UserAgent()
}

func TestRecordedRequestsTakeTheFastPath(t *testing.T) {
	r := &scan{zones: &zonesByName{}}
	for name, recording := range recordings(t) {
		document, userAgent := documentOf(t, recording)
		took, err := compare(r, document, userAgent)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !took {
			t.Errorf("%s is declined: %s", name, r.Declined())
		}
	}
}

// TestTheFastPathKeepsNothingButTheRequest counts what a request costs that was
// never seen before: the mailboxes and their addresses, and a word here and
// there. The groups of a SerializedSecurityContext cost nothing.
func TestTheFastPathKeepsNothingButTheRequest(t *testing.T) {
	tests := map[string]float64{"1": 2, "20": 21, "100": 101, "1+500 groups": 4}
	documents := benchRequests()
	for name, most := range tests {
		t.Run(name, func(t *testing.T) {
			r, document := &scan{zones: &zonesByName{}}, documents[name]
			got := testing.AllocsPerRun(20, func() {
				if !r.read(document, "exchangelib/4.9.0") {
					t.Fatal(r.Declined())
				}
			})
			if got > most {
				t.Errorf("it allocates %v times, want %v at most", got, most)
			}
		})
	}
}

func TestSIDs(t *testing.T) {
	inWords := regexp.MustCompile(`^S-1-(\d{1,10}|0x[0-9A-Fa-f]{12})(-\d{1,10}){1,15}$`)
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.OneOf(
			rapid.StringMatching(`S-1-(\d{1,11}|0x[0-9A-Fa-f]{11,13})(-\d{1,11}){0,16}`),
			rapid.StringMatching(`[S0-9a-fA-FgX\x10\x19-]{0,30}`),
			rapid.StringMatching(`S-1-0x[0-9A-Ga-g\x10-\x19]{12}-1`),
		).Draw(r, "text")
		if got, want := isSID(text), inWords.MatchString(text); got != want {
			r.Errorf("isSID(%q) is %t, want %t", text, got, want)
		}
	})
}

func TestBuilds(t *testing.T) {
	inWords := regexp.MustCompile(`EXCH/([0-9]{2}\.[0-9]{2}[0-9.]{0,16})`)
	rapid.Check(t, func(r *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.StringMatching(`[0-9.]{0,24}`), rapid.SampledFrom([]string{"EXCH/", "14.03", "EXCH/15.", " "})), 0, 6).Draw(r, "parts"), "")
		want := ""
		if build := inWords.FindStringSubmatch(text); build != nil {
			want = build[1]
		}
		if got := callerBuild(text); got != want {
			r.Errorf("callerBuild(%q) is %q, want %q", text, got, want)
		}
	})
}

// FuzzDateTimes looks for moments that the paths read differently.
func FuzzDateTimes(f *testing.F) {
	for _, text := range []string{"2026-11-23T08:00:00", "2026-11-23T08:00:00.1234567Z", "2024-02-29T23:59:59+14:00", "0000-01-01T00:00:00-00:30", "2026-02-30T00:00:00", "9999-12-31T24:00:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain, ok := plainDateTime([]byte(text))
		if !ok {
			return
		}
		general, offset, err := parseDateTime(text)
		if err != nil || plain != (moment{general, offset}) {
			t.Errorf("%q is %v on the fast path, and on the general one %v (%t, %v)", text, plain, general, offset, err)
		}
	})
}
