package cache

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/freebusy"
)

// transient are the codes of what may pass. Codes that nobody knows count as
// such.
var transient = []freebusy.Code{
	freebusy.ErrorProxyRequestProcessingFailed, freebusy.ErrorTimeoutExpired, freebusy.ErrorServerBusy,
	freebusy.ErrorAutoDiscoverFailed, freebusy.ErrorServiceDiscoveryFailed, freebusy.ErrorInternalServerError,
	freebusy.ErrorFreeBusyGenerationFailed, freebusy.ErrorMailboxMoveInProgress,
	"ErrorMailboxStoreUnavailable", "ErrorMailboxFailover", "ErrorMailboxLogonFailed", "ErrorTooManyObjectsOpened",
	"ErrorExceededConnectionCount", "ErrorInternalServerTransientError", "ErrorPublicFolderRequestProcessingFailed",
	"ErrorOfTomorrow",
}

// refusals are the codes of what the other side has decided.
var refusals = []freebusy.Code{
	freebusy.ErrorNoFreeBusyAccess, freebusy.ErrorMailRecipientNotFound, freebusy.ErrorNonExistentMailbox, freebusy.ErrorAccessDenied,
	freebusy.ErrorInvalidSmtpAddress, freebusy.ErrorAddressSpaceNotFound, freebusy.ErrorProxyRequestNotAllowed,
	freebusy.ErrorInvalidCrossForestCredentials, freebusy.ErrorInvalidOrgRelationship, freebusy.ErrorOrganizationNotFederated,
	freebusy.ErrorInvalidFederatedOrganization, freebusy.ErrorNotAllowedExternalSharing, freebusy.ErrorFreeBusyDLLimitReached,
}

// complaints are the codes that blame the question.
var complaints = []freebusy.Code{
	freebusy.ErrorInvalidRequest, freebusy.ErrorSchemaValidation, freebusy.ErrorInvalidServerVersion, freebusy.ErrorIncorrectSchemaVersion,
	freebusy.ErrorMissingArgument, freebusy.ErrorInvalidTimeInterval, freebusy.ErrorTimeIntervalTooBig, freebusy.ErrorResultSetTooBig,
	freebusy.ErrorRequestStreamTooBig, freebusy.ErrorTimeZone, freebusy.ErrorInvalidFreeBusyViewType, freebusy.ErrorInvalidMergedInterval,
	freebusy.ErrorMailboxDataArrayEmpty, freebusy.ErrorMailboxDataArrayTooBig,
}

// TestWhatStandsInForWhichFailure asks for what is held and no longer fresh, once
// while asking fails in that way, and once more while the forest is down.
func TestWhatStandsInForWhichFailure(t *testing.T) {
	type outcome struct{ during, after bool } // whether what was held is the answer
	kept, gone, hidden := outcome{true, true}, outcome{false, false}, outcome{false, true}
	tests := map[*freebusy.Error]outcome{
		{Code: freebusy.ErrorProxyRequestProcessingFailed, Err: fmt.Errorf("HTTP status 401: %w", freebusy.ErrRefused)}:        gone,
		{Code: freebusy.ErrorProxyRequestProcessingFailed, Err: fmt.Errorf("no token: %w", freebusy.ErrRefused)}:               gone,
		{Code: freebusy.ErrorAutoDiscoverFailed, Err: fmt.Errorf("HTTP status 403: %w", freebusy.ErrRefused)}:                  gone,
		{Code: freebusy.ErrorProxyRequestProcessingFailed, Err: fmt.Errorf("ErrorSchemaValidation: %w", freebusy.ErrAnswered)}: hidden,
		{Code: freebusy.ErrorProxyRequestProcessingFailed, Err: fmt.Errorf("moved: %w", freebusy.ErrMoved)}:                    kept,
	}
	for code := range listed(transient) {
		tests[&freebusy.Error{Code: code, Err: errors.New("broken")}] = kept
	}
	for code := range listed(refusals) {
		tests[&freebusy.Error{Code: code}] = gone
	}
	for code := range listed(complaints) {
		tests[&freebusy.Error{Code: code}] = hidden
	}
	for err, want := range tests {
		t.Run(fmt.Sprintf("%s (%v)", err.Code, err.Err), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				origin := &forest{}
				c := newCache(t, origin, lifetimes)
				ask(t, c, question(alice))
				time.Sleep(2 * time.Minute)

				origin.fail = err
				during := ask(t, c, question(alice))[0]
				if held := during.Calendar != nil; held != want.during || !held && during.Err != err {
					t.Errorf("during the failure got %v, want what is held: %t", during.Err, want.during)
				}
				time.Sleep(lifetimes.NotFound)
				origin.fail = down
				if after := ask(t, c, question(alice))[0]; (after.Calendar != nil) != want.after {
					t.Errorf("after it got %v, want what is held: %t", after.Err, want.after)
				}
			})
		})
	}
}

func listed(codes []freebusy.Code) map[freebusy.Code]bool {
	set := map[freebusy.Code]bool{}
	for _, c := range codes {
		set[c] = true
	}
	return set
}

// TestWhatIsRememberedForHowLong asks about a mailbox of which nothing but a
// failure is known: the same question again, and another one.
func TestWhatIsRememberedForHowLong(t *testing.T) {
	never := time.Duration(0)
	tests := map[string]struct {
		fail                         *freebusy.Error
		same, narrower, wider, slots time.Duration // for how long the failure is the answer to that
	}{
		"a forest that is down":           {down, lifetimes.Negative, lifetimes.Negative, lifetimes.Negative, lifetimes.Negative},
		"a calendar that is closed to us": {refused, lifetimes.Negative, lifetimes.Negative, lifetimes.Negative, lifetimes.Negative},
		"somebody unknown":                {unknown, lifetimes.NotFound, lifetimes.NotFound, lifetimes.NotFound, lifetimes.NotFound},
		"an application that is shut out": {banned, lifetimes.Negative, lifetimes.Negative, lifetimes.Negative, lifetimes.Negative},
		"too many entries":                {tooMuch, lifetimes.Negative, never, lifetimes.Negative, lifetimes.Negative},
		"too many days":                   {&freebusy.Error{Code: freebusy.ErrorTimeIntervalTooBig}, lifetimes.Negative, never, lifetimes.Negative, lifetimes.Negative},
		"a question that breaks a schema": {&freebusy.Error{Code: freebusy.ErrorSchemaValidation}, lifetimes.Negative, never, never, never},
		"slots that are no good":          {&freebusy.Error{Code: freebusy.ErrorInvalidMergedInterval}, lifetimes.Negative, never, never, never},
		"a window that is none":           {&freebusy.Error{Code: freebusy.ErrorInvalidTimeInterval}, lifetimes.Negative, never, never, never},
		"a fault about the question": {
			freebusy.ProxyFailed("The request is invalid", fmt.Errorf("ErrorInvalidRequest: %w", freebusy.ErrAnswered)),
			lifetimes.Negative, never, never, never,
		},
	}
	for name, tt := range tests {
		questions := map[string]struct {
			q    freebusy.Query
			want time.Duration
		}{
			"the same":        {question(alice), tt.same},
			"a shorter one":   {about(days(0, 6), alice), tt.narrower},
			"a longer one":    {about(days(0, 8), alice), tt.wider},
			"with long slots": {changed(question(alice), func(q *freebusy.Query) { q.Interval = time.Hour }), tt.slots},
		}
		for which, next := range questions {
			t.Run(name+", "+which, func(t *testing.T) {
				for _, padding := range []time.Duration{0, 2 * day} {
					for _, after := range []time.Duration{next.want - 1, next.want} {
						synctest.Test(t, func(t *testing.T) {
							o := lifetimes
							o.Padding = padding
							origin := &forest{fail: tt.fail}
							c := newCache(t, origin, o)
							ask(t, c, question(alice))
							origin.fail, origin.asked = nil, nil
							time.Sleep(after)
							remembered := after < next.want && after >= 0
							got := ask(t, c, next.q)[0]
							if (got.Err == tt.fail) != remembered || (len(origin.asked) == 0) != remembered {
								t.Errorf("padded by %s, after %s got %v and asked %d times, want it remembered: %t", padding, after, got.Err, len(origin.asked), remembered)
							}
						})
					}
				}
			})
		}
	}
}

// A padded question that the other side objects to is not held against whoever
// asked for less.
func TestPaddingThatIsObjectedToIsNotBlamedOnTheAsker(t *testing.T) {
	for _, code := range complaints {
		t.Run(string(code), func(t *testing.T) {
			o := lifetimes
			o.Padding = 7 * day
			c := newCache(t, &forest{answer: func(q freebusy.Query) freebusy.Answer {
				if q.Window != week {
					return freebusy.Answer{Err: &freebusy.Error{Code: code}}
				}
				return freebusy.Answer{Calendar: calendar(q)}
			}}, o)
			for range 2 {
				if got := ask(t, c, question(alice))[0]; got.Err != nil {
					t.Errorf("got %v, want the answer that the question has without padding", got.Err)
				}
			}
		})
	}
}

// A success of one question says nothing about what was wrong with another, and
// a complaint about one nothing about what refuses all.
func TestFailuresOfDifferentKindsDoNotHideEachOther(t *testing.T) {
	invalid := &freebusy.Error{Code: freebusy.ErrorInvalidTimeInterval}
	asked := course{key: keyOf(freebusy.Scope{}, alice), window: week, slot: int64(30 * time.Minute)}
	now := time.Now()
	failed := func(err *freebusy.Error) failure { return failure{err: err, at: now, lasts: time.Minute, asked: asked} }
	success := newHeld(&freebusy.Calendar{Known: days(0, 1), AsOf: now})
	tests := map[string]struct {
		entry entry
		want  *freebusy.Error // that is remembered for the question
	}{
		"a complaint, then a success":          {entry{}.failed(failed(invalid)).with(success), invalid},
		"a failure, then a success":            {entry{}.failed(failed(down)).with(success), nil},
		"a refusal, then a complaint":          {entry{}.failed(failed(refused)).failed(failed(invalid)), refused},
		"a complaint, then a refusal":          {entry{}.failed(failed(invalid)).failed(failed(refused)), refused},
		"an old refusal, and then a complaint": {entry{failure: &failure{err: refused, at: now.Add(-time.Hour), lasts: time.Minute}}.failed(failed(invalid)), invalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got *freebusy.Error
			if tt.entry.failure.answers(question(alice), now) {
				got = tt.entry.failure.err
			}
			if got != tt.want {
				t.Errorf("remembered %v, want %v", got, tt.want)
			}
		})
	}
}

// An answer that was asked for before a refusal came is for who asked. Which of
// the two is newer nobody knows, and a refusal is the safe one to believe.
func TestAnAnswerFromBeforeARefusalIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slowly := &forest{answer: func(q freebusy.Query) freebusy.Answer {
			if q.Window != days(0, 1) {
				return freebusy.Answer{Err: refused}
			}
			time.Sleep(2 * time.Second)
			return freebusy.Answer{Calendar: calendar(q)}
		}}
		c := newCache(t, slowly, lifetimes)
		landed := behind(t, c, about(days(0, 1), alice))
		time.Sleep(time.Second)
		ask(t, c, about(days(3, 4), alice))
		landed()

		slowly.fail = down
		for _, after := range []time.Duration{0, lifetimes.Negative} {
			time.Sleep(after)
			if got := ask(t, c, about(days(0, 1), alice))[0]; got.Calendar != nil {
				t.Errorf("%s after the refusal, an answer from before it is given", after)
			}
		}
	})
}

// What is joined of parts that were refused meanwhile is not held.
func TestPartsThatWereRefusedAreNotJoined(t *testing.T) {
	now := time.Now()
	part := func(from, to int) held {
		return newHeld(&freebusy.Calendar{Detail: freebusy.FreeBusy, Known: days(from, to), AsOf: now})
	}
	parts := []held{part(0, 3), part(3, 7)}
	whole, err := join(parts)
	if err != nil {
		t.Fatal(err)
	}
	known := entry{}.with(parts[0]).with(parts[1])
	if got := known.joined(whole, parts); len(got.held) != 1 || got.held[0].calendar != whole.calendar {
		t.Errorf("parts that are held become %+v, want the whole", got)
	}
	lately := known.failed(failure{err: down, at: now, lasts: time.Minute})
	if got := lately.joined(whole, parts); got.failure == nil {
		t.Error("joining has made a failure forgotten")
	}
	newer := entry{}.with(part(1, 6))
	if got := newer.joined(whole, parts); len(got.held) != 1 || got.held[0] != newer.held[0] {
		t.Errorf("beside what came after a purge they become %+v", got)
	}
	closed := known.failed(failure{err: refused, at: now, lasts: time.Minute})
	if got := closed.joined(whole, parts); len(got.held) > 0 || got.failure == nil {
		t.Errorf("after a refusal they become %+v, want the refusal alone", got)
	}
}

// While a machine sleeps one of its clocks stands still, and the other may be set:
// a failure is remembered by whichever says that it is old.
func TestAFailureIsForgottenBehindAClockThatJumps(t *testing.T) {
	now := time.Now()
	wall := func(d time.Duration) time.Time { return now.Round(0).Add(d) }
	tests := map[string]struct {
		at   time.Time
		want bool
	}{
		"a moment ago":                         {now.Add(-time.Second), true},
		"long ago":                             {now.Add(-time.Hour), false},
		"before the machine slept for an hour": {wall(-time.Hour), false},
		"before the clock was set ahead":       {wall(-time.Minute), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := &failure{err: down, at: tt.at, lasts: lifetimes.Negative}
			if got := f.answers(question(alice), now); got != tt.want {
				t.Errorf("it is remembered: %t, want %t", got, tt.want)
			}
		})
	}
}
