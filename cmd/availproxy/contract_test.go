package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// story is that of one question, with lookup --explain and at /queries/ID.
var story = object{
	"id": pattern(`^[0-9a-f]{32}$`), "at": moment, "ms": number, "outcome": oneOf("answered", "partial", "failed", "fault"),
	"causes?": list{text}, "remedies?": list{text},
	"who": object{
		"principal?": text, "mechanism?": text, "caller?": text, "generation?": text, "requester?": text, "clientRequestId?": text, "messageId?": text,
	},
	"asked?": object{"from": moment, "to": moment, "detail": text, "intervalMinutes": number, "view?": text},
	"fault?": object{"responseCode": text, "messageText?": text, "reason?": text},
	"mailboxes": list{object{
		"mailbox": text, "responseCode": text, "messageText?": text, "reason?": text, "cause?": text, "connector?": text, "backend?": text,
		"endpoint?": text, "requestId?": text, "stale?": anything,
	}},
	"discovery": list{object{"name": text, "server?": text, "status?": text, "code?": text, "from?": text, "ms": number, "error?": text}},
	"tokens":    list{object{"authServer": text, "outcome": text, "fromMemory": anything, "claims?": text, "ms": number, "error?": text}},
	"upstream": list{object{
		"server": text, "method?": text, "url?": text, "status?": text, "clientRequestId?": text, "requestId?": text, "diagnostics?": text,
		"ms": number, "error?": text,
	}},
	"hops": list{object{"name": text, "depth": number, "startMs": number, "ms": number, "late?": anything, "attributes": anything, "error?": text}},
}

// contracts are the documents of -o json, written down a second time: operators
// script against them, so that no change of a type may change them unseen.
var contracts = map[string]shape{
	"lookup": object{
		"mailboxes": list{object{
			"address": text, "responseCode": text, "messageText?": text, "view": oneOf("None", "MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"),
			"mergedFreeBusy?": pattern(`^[0-4]+$`), "workingHours?": anything,
			"events": list{object{
				"start": moment, "end": moment, "subject?": text, "location?": text,
				"busyType": oneOf("Free", "Tentative", "Busy", "OOF", "WorkingElsewhere", "NoData"),
			}},
			"path": object{
				"connector": text, "backend": text, "cache": oneOf("fresh", "stale", "partial", "none"),
				"hops": list{object{"name": pattern(`^\S.*$`), "ms": number}},
			},
		}},
		"window": object{"start": moment, "end": moment}, "interval": number, "story?": story,
	},
	"check": object{
		"findings": list{object{
			"id": pattern(`^[a-z_]+\.[a-z_]+$`), "severity": oneOf("ok", "warn", "fail"), "subject": text,
			"seen": text, "expected": text, "fix": text, "cmdlet?": text, "cause?": pattern(`^[a-z0-9_.-]+$`), "follows?": pattern(`^[a-z_]+\.[a-z_]+$`),
		}},
		"worst": oneOf("ok", "warn", "fail"),
	},
}

func contract(ts *testscript.TestScript, args []string) {
	wanted, ok := contracts[args[0]]
	if !ok {
		ts.Fatalf("there is no contract for %s", args[0])
	}
	if complaints := wanted.check("", document(ts, args[1])); len(complaints) > 0 {
		ts.Fatalf("%s breaks the contract of %s:\n%s", args[1], args[0], strings.Join(complaints, "\n"))
	}
}

// shape is what a value has to look like. check returns what is wrong with the
// value at that path.
type shape interface {
	check(path string, v any) []string
}

// object has exactly these members; those that end in "?" may be left out.
type object map[string]shape

// list holds any number of that shape.
type list struct{ of shape }

// leaf is a value without parts.
type leaf func(v any) bool

var camelCase = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)

func (o object) check(path string, v any) (complaints []string) {
	members, ok := v.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s is %v, no object", path, v)}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		member, known := o[name]
		if !known {
			member, known = o[name+"?"]
		}
		switch {
		case !known || !camelCase.MatchString(name):
			complaints = append(complaints, fmt.Sprintf("%s.%s should not be there", path, name))
		default:
			complaints = append(complaints, member.check(path+"."+name, members[name])...)
		}
	}
	for name := range o {
		if _, there := members[name]; !there && !strings.HasSuffix(name, "?") {
			complaints = append(complaints, fmt.Sprintf("%s.%s is missing", path, name))
		}
	}
	return complaints
}

func (l list) check(path string, v any) (complaints []string) {
	values, ok := v.([]any)
	if !ok {
		return []string{fmt.Sprintf("%s is %v, no list", path, v)}
	}
	for i, value := range values {
		complaints = append(complaints, l.of.check(fmt.Sprintf("%s[%d]", path, i), value)...)
	}
	return complaints
}

func (l leaf) check(path string, v any) []string {
	if !l(v) {
		return []string{fmt.Sprintf("%s should not be %v", path, v)}
	}
	return nil
}

var (
	anything = leaf(func(any) bool { return true })
	text     = leaf(func(v any) bool { _, ok := v.(string); return ok })
	number   = leaf(func(v any) bool { _, ok := v.(json.Number); return ok })

	// moment is RFC 3339 in UTC.
	moment = leaf(func(v any) bool {
		s, _ := v.(string)
		_, err := time.Parse(time.RFC3339, s)
		return err == nil && strings.HasSuffix(s, "Z")
	})
)

func oneOf(words ...string) leaf {
	return func(v any) bool { s, ok := v.(string); return ok && slices.Contains(words, s) }
}

func pattern(p string) leaf {
	wanted := regexp.MustCompile(p)
	return func(v any) bool { s, ok := v.(string); return ok && wanted.MatchString(s) }
}
