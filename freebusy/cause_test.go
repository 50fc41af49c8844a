package freebusy_test

import (
	"errors"
	"regexp"
	"testing"

	"availproxy/freebusy"
)

func TestEveryCauseHasAnIDAndARemedy(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+\.[a-z]+(-[a-z]+)*$`)
	for cause, remedy := range freebusy.Causes() {
		if !form.MatchString(string(cause)) || remedy == "" {
			t.Errorf("cause %q has the remedy %q", cause, remedy)
		}
	}
}

func TestNoCauseHasTwoRemedies(t *testing.T) {
	for reason, c := range freebusy.Consequences() {
		if known := freebusy.Causes()[c.Cause]; known != c.Remedy {
			t.Errorf("%s of %s advises %q and %q", c.Cause, reason, c.Remedy, known)
		}
	}
}

// TestACauseIsThatOfTheInnermostWhoKnows wraps failures as the back ends do.
func TestACauseIsThatOfTheInnermostWhoKnows(t *testing.T) {
	consent := freebusy.ConsequenceOf("AADSTS65001").Failure("No token", errors.New("no"))
	tests := map[string]struct {
		err  *freebusy.Error
		want freebusy.Cause
	}{
		"a code alone":                    {freebusy.NoFreeBusyAccess(nil), "mailbox.no-access"},
		"a cause that knows nothing":      {freebusy.NoFreeBusyAccess(errors.New("5037")), "mailbox.no-access"},
		"a reason":                        {consent, "application.no-consent"},
		"a failure because of another":    {freebusy.TimeoutExpired(consent), "application.no-consent"},
		"a reason that nobody knows":      {freebusy.ConsequenceOf("teapot").Failure("No", nil), "endpoint.not-asked"},
		"a code that only others give":    {&freebusy.Error{Code: "ErrorOfTomorrow"}, ""},
		"what is behind a code of others": {&freebusy.Error{Code: "ErrorOfTomorrow", Err: consent}, "application.no-consent"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.err.Cause(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
