package ews

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

var answerLimits = soap.Limits{Bytes: defaultAnswer, Depth: answerDepth, Elements: answerElements, Attributes: answerAttributes, AnyReference: true}

// compareAnswers reads a document both ways and reports whether the fast path
// took it. Then it must have read what the general path reads.
func compareAnswers(document []byte, q freebusy.Query) (took bool, err error) {
	scan := answerScan{reader: readerFor(q)}
	if !scan.read(document, answerLimits) {
		return false, nil
	}
	m, err := soap.Parse(document, answerLimits)
	if err != nil {
		return true, fmt.Errorf("the general path refuses the document: %w\n%s", err, document)
	}
	general, failure := readerFor(q).answers(m)
	if d := cmp.Diff(string(toldAnswers(general, failure)), string(toldAnswers(scan.answers, nil))); d != "" {
		return true, fmt.Errorf("the answers (-general +fast)\n%s\n%s", d, document)
	}
	for i, a := range general {
		if fast := scan.answers[i].Calendar; a.Calendar != nil && !reflect.DeepEqual(a.Calendar, fast) {
			return true, fmt.Errorf("calendar %d is\n%+v and on the fast path\n%+v\n%s", i, a.Calendar, fast, document)
		}
	}
	return true, nil
}

// answerDocuments are answers as servers gave them, and one as we give it.
func answerDocuments(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/upstream/*.xml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no answers to read: %v", err)
	}
	all := map[string][]byte{"ours": ownAnswer()}
	for _, file := range files {
		if all[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// ownAnswer is about all four, of whom all may be seen.
func ownAnswer() []byte {
	c := annas()
	c.Events[1].Details.Subject = `"R&D" <b>`
	c.WorkingHours.Periods = c.WorkingHours.Periods[:1]
	p := Presentation{Window: threeDays, View: View{freebusy.Detailed, true}, Interval: aboutThem().Interval, Generation: Exchange2013}
	answers := []freebusy.Answer{{Calendar: c}, {Calendar: c.Limited(freebusy.FreeBusy)}, {Calendar: &freebusy.Calendar{Detail: freebusy.FreeBusy, Known: threeDays}}, {Calendar: c}}
	return bytes.Join(writeAnswer(new(paper), answers, &p, ""), nil)
}

func TestAnswersThatGoWellTakeTheFastPath(t *testing.T) {
	if took, err := compareAnswers(ownAnswer(), aboutThem()); err != nil || !took {
		t.Errorf("taken %t, %v", took, err)
	}
	online := answerDocuments(t)["exchange-online.xml"]
	took, err := compareAnswers(onlyFirst(online), about(attendees[:1]))
	if err != nil || !took {
		t.Errorf("that of Exchange Online: taken %t, %v", took, err)
	}
}

func about(mailboxes []freebusy.Mailbox) freebusy.Query {
	q := aboutThem()
	q.Mailboxes = mailboxes
	return q
}

// onlyFirst leaves nothing of an answer but the first of its responses.
func onlyFirst(document []byte) []byte {
	const tag = "</FreeBusyResponse>"
	first := bytes.Index(document, []byte(tag)) + len(tag)
	last := bytes.LastIndex(document, []byte(tag)) + len(tag)
	return append(bytes.Clone(document[:first]), document[last:]...)
}

func TestAnswersAreReadAlike(t *testing.T) {
	step := 5
	if testing.Short() {
		step = 97
	}
	for name, document := range answerDocuments(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := compareAnswers(document, aboutThem()); err != nil {
				t.Fatal(err)
			}
			for at := 0; at < len(document); at += step {
				for _, mutant := range mutants(document, at) {
					if _, err := compareAnswers(mutant, aboutThem()); err != nil {
						t.Fatalf("byte %d: %v", at, err)
					}
				}
			}
		})
	}
}

// What the scan does not know goes the other way, whatever comes of it there.
func TestWhichAnswersAreDeclined(t *testing.T) {
	tests := map[string]struct{ old, new string }{
		"a refusal":                  {`ResponseClass="Success"`, `ResponseClass="Error"`},
		"a code beside success":      {"NoError", "ErrorNoFreeBusyAccess"},
		"a response too many":        {"</m:FreeBusyResponseArray>", `<m:FreeBusyResponse/></m:FreeBusyResponseArray>`},
		"something after the answer": {"</m:GetUserAvailabilityResponse>", "</m:GetUserAvailabilityResponse><m:Else/>"},
		"an unknown element":         {"<t:BusyType>", "<t:Else/><t:BusyType>"},
		"an element twice":           {"<t:BusyType>", "<t:BusyType>Free</t:BusyType><t:BusyType>"},
		"an event that ends early":   {"<t:EndTime>2026", "<t:EndTime>1926"},
		"a reference to a character": {"&amp;", "&#38;"},
		"a comment":                  {"<t:BusyType>", "<!-- --><t:BusyType>"},
		"hours of no day":            {"<t:DayOfWeek>Monday ", "<t:DayOfWeek>Someday "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			document := strings.Replace(string(ownAnswer()), tt.old, tt.new, 1)
			if document == string(ownAnswer()) {
				t.Fatalf("there is no %s in\n%s", tt.old, document)
			}
			if took, _ := compareAnswers([]byte(document), aboutThem()); took {
				t.Error("it was read")
			}
		})
	}
}

// White space behind an answer is read by nobody, and counts.
func TestAnswersThatAreTooBigAreDeclined(t *testing.T) {
	document := ownAnswer()
	limits := answerLimits
	limits.Bytes = int64(len(document))
	for extra, want := range []bool{true, false} {
		padded := append(bytes.Clone(document), bytes.Repeat([]byte(" "), extra)...)
		if scan := (answerScan{reader: readerFor(aboutThem())}); scan.read(padded, limits) != want {
			t.Errorf("with %d bytes too many it was read: %t, want %t", extra, !want, want)
		}
	}
}

// FuzzAnswers looks for answers that the two ways read differently.
func FuzzAnswers(f *testing.F) {
	for _, document := range answerDocuments(f) {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		if _, err := compareAnswers(document, aboutThem()); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkReadAnswer(b *testing.B) {
	document := ownAnswer()
	b.Run("scan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if scan := (answerScan{reader: readerFor(aboutThem())}); !scan.read(document, answerLimits) {
				b.Fatal(scan.Declined())
			}
		}
	})
	b.Run("tree", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m, err := soap.Parse(document, answerLimits)
			if err != nil {
				b.Fatal(err)
			}
			if _, failure := readerFor(aboutThem()).answers(m); failure != nil {
				b.Fatal(failure)
			}
		}
	})
}
