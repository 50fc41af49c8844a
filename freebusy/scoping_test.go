package freebusy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// scoped answers with the scope it was asked in, and fails for one.
type scoped struct{ fails Scope }

func (s scoped) Availability(_ context.Context, q Query) ([]Answer, error) {
	if q.Scope == s.fails {
		return nil, errors.New("broken")
	}
	answers := make([]Answer, len(q.Mailboxes))
	for i, m := range q.Mailboxes {
		answers[i].Calendar = &Calendar{Origin: Origin{URL: q.Scope.Requester + " asks for " + m.Address}}
	}
	return answers, nil
}

func TestScopingAsksEachMailboxInItsOwnScope(t *testing.T) {
	narrow := func(asked Scope, m Mailbox) (Scope, *Error) {
		switch {
		case m.Domain() != "personal.example":
			return Scope{}, nil
		case asked == (Scope{}):
			return Scope{}, &Error{Code: ErrorNoFreeBusyAccess}
		}
		return asked, nil
	}
	eve := Scope{Requester: "eve@contoso.example"}
	tests := map[string]struct {
		asked, fails Scope
		want         []string
	}{
		"a requester": {asked: eve, fails: Scope{"nobody"}, want: []string{
			"eve@contoso.example asks for a@personal.example", " asks for b@shared.example", "eve@contoso.example asks for a@personal.example"}},
		"nobody": {fails: Scope{"nobody"}, want: []string{
			"ErrorNoFreeBusyAccess", " asks for b@shared.example", "ErrorNoFreeBusyAccess"}},
		"one scope that fails as a whole": {asked: eve, want: []string{
			"eve@contoso.example asks for a@personal.example", "ErrorProxyRequestProcessingFailed", "eve@contoso.example asks for a@personal.example"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &Scoping{Source: scoped{tt.fails}, Narrow: narrow}
			answers, err := s.Availability(t.Context(), Query{Scope: tt.asked,
				Mailboxes: []Mailbox{SMTP("a@personal.example"), SMTP("b@shared.example"), SMTP("a@personal.example")}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range answers {
				if a.Err != nil {
					got = append(got, string(a.Err.Code))
				} else {
					got = append(got, a.Calendar.Origin.URL)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}
