package s2s

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// What passes alone is what was signed, to the last character; what passes
// around it names a user who is there.
func FuzzVerifier(f *testing.F) {
	good := actorDraft().Sign(keys().acs)
	f.Add(good)
	f.Add(outerDraft(good).Unsigned())
	for _, attacks := range []map[string]attack{unsignedAttacks(), keyAttacks(), tenantAttacks(), structureAttacks()} {
		for _, a := range attacks {
			if len(a.token) < mostBytes {
				f.Add(a.token)
			}
		}
	}
	v := testVerifier()
	f.Fuzz(func(t *testing.T, token string) {
		caller, refusal := v.Verify("Bearer "+token, ewsHost, now)
		switch {
		case refusal != nil && caller != (Caller{}):
			t.Errorf("refused and accepted at once: %+v, %v", caller, refusal)
		case refusal != nil && strings.ContainsFunc(refusal.String(), func(r rune) bool { return r < ' ' || r > '~' }):
			t.Errorf("diagnostics %q do not fit a header", refusal)
		case refusal == nil && caller.Mailbox == "" && strings.Trim(token, " ") != good:
			t.Errorf("passed though nobody signed it: %q", token)
		case refusal == nil && caller.Mailbox != "" && (caller.Mailbox != lin || !strings.HasSuffix(token, ".") && !strings.HasSuffix(token, ". ")):
			t.Errorf("passed as %+v: %q", caller, token)
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
