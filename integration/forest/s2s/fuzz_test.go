package s2s

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A token that is read says the same to a reader that is not strict.
func FuzzReadToken(f *testing.F) {
	good := actorDraft().Sign(keys().acs)
	f.Add(good)
	f.Add(outerDraft(good).Unsigned())
	for _, a := range structureAttacks() {
		if len(a.token) < mostBytes {
			f.Add(a.token)
		}
	}
	v := testVerifier()
	f.Fuzz(func(t *testing.T, compact string) {
		if read, err := readToken(compact); err == nil {
			segments := strings.Split(compact, ".")
			sameToOthers(t, read.header, segments[0])
			sameToOthers(t, read.claims, segments[1])
		}
		caller, refusal := v.Verify("Bearer "+compact, ewsHost, now)
		if refusal != nil && caller != (Caller{}) {
			t.Errorf("refused and accepted at once: %+v, %v", caller, refusal)
		}
		if refusal != nil && strings.ContainsFunc(refusal.String(), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("diagnostics %q do not fit a header", refusal)
		}
	})
}

func sameToOthers(t *testing.T, o object, segment string) {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var lax map[string]any
	if err := d.Decode(&lax); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lax, map[string]any(o)); diff != "" {
		t.Errorf("another reader sees (-other +ours):\n%s", diff)
	}
}

// Whatever is done to a good token, what passes still holds what was signed, to
// the last character. The edit is given apart from the token, since every
// process of a fuzzer has keys of its own.
func FuzzForgery(f *testing.F) {
	actor := actorDraft().Sign(keys().acs)
	outer := outerDraft(actor).Unsigned()
	f.Add(false, uint16(0), uint16(0), "")
	f.Add(false, uint16(len(actor)-1), uint16(1), "A")
	f.Add(false, uint16(len(actor)), uint16(0), " ")
	f.Add(true, uint16(len(outer)), uint16(0), "AAAA")
	f.Add(true, uint16(40), uint16(4), "eyJ9")
	v := testVerifier()
	f.Fuzz(func(t *testing.T, around bool, at, cut uint16, insert string) {
		token := actor
		if around {
			token = outer
		}
		start := min(int(at), len(token))
		token = token[:start] + insert + token[min(start+int(cut), len(token)):]
		caller, refusal := v.Verify("Bearer "+token, ewsHost, now)
		if refusal != nil {
			return
		}
		token = strings.Trim(token, " ")
		if read, err := readToken(token); err != nil || token != actor && read.claims.text("actortoken") != actor {
			t.Errorf("passed though nobody signed it: %q", token)
		}
		if caller.Mailbox != lin && caller.Mailbox != "" || (caller.Mailbox == "") != (token == actor) {
			t.Errorf("passed as %+v", caller)
		}
	})
}

// Whatever comes in, the answer is a status that a client can read, and a
// document has one response for each user.
func FuzzAutodiscoverRequest(f *testing.F) {
	f.Add(golden(f, "mixed.request.xml"))
	f.Add(settingsRequest(known))
	f.Add(settingsRequest())
	f.Add("\xef\xbb\xbf" + settingsRequest(known, unknown))
	f.Add(`<!DOCTYPE x [<!ENTITY a "b">]>` + settingsRequest(known))
	token := adToken()
	ad := testAutodiscover()
	ad.Verifier = testVerifier()
	ad.Verifier.Hosts = []string{adHost}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, adURL, strings.NewReader(body))
		r.Header.Set("Content-Type", "text/xml; charset=utf-8")
		r.Header.Set("Authorization", "Bearer "+token)
		w := ask(ad, r)
		seen := ad.Requests()
		users := seen[len(seen)-1].Users
		ad.Change(func() { ad.requests = nil })
		if !slices.Contains([]int{http.StatusOK, http.StatusBadRequest, http.StatusInternalServerError}, w.Code) {
			t.Fatalf("status %d", w.Code)
		}
		if w.Code != http.StatusOK {
			return
		}
		if got := codes(t, w); got[0] == noError && len(got) != 1+len(users) || len(got) == 1 && got[0] != invalidRequest {
			t.Errorf("codes %v for %d users", got, len(users))
		}
	})
}
