package discovery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// read takes what l was answered, at each of the three levels at which an
// answer holds error codes: the response, the user, the setting.
func (c *chase) read(ctx context.Context, l leg, a *settingsAnswer) []leg {
	switch a.code {
	case codeNoError:
		return c.readUsers(ctx, l, a.users)
	case codeRedirectURL:
		return c.sentTo(ctx, l, l.users, a.redirectTarget)
	case codeInvalidRequest:
		if len(l.users) > 1 {
			c.forest.halve(len(l.users))
			return []leg{l} // which is split now
		}
	case codeInvalidSetting:
		if c.forest.dropOptionalSettings() {
			return []leg{l}
		}
	case codeServerBusy:
		c.breakOff(l, c.forest.fail(Busy, statusException(503), errors.New("the service says ServerBusy")))
		return nil
	}
	c.breakOff(l, c.forest.fail(BadAnswer, statusException(500), fmt.Errorf("the service says %.40q", a.code)))
	return nil
}

// readUsers takes the answers for users by position, there being no names in
// them. A service that is busy leaves out the last ones.
func (c *chase) readUsers(ctx context.Context, l leg, users []userSettings) []leg {
	if len(users) > len(l.users) {
		c.breakOff(l, c.forest.fail(BadAnswer, statusException(500), fmt.Errorf("%d users in the answer for %d", len(users), len(l.users))))
		return nil
	}
	var legs []leg
	sent := map[string][]string{} // users by the URL they are redirected to
	for i, u := range users {
		if u.code == codeRedirectURL {
			sent[u.redirectTarget] = append(sent[u.redirectTarget], l.users[i])
			continue
		}
		c.settle(l.users[i], c.outcome(ctx, l.users[i], u))
	}
	for _, target := range slices.Sorted(maps.Keys(sent)) {
		legs = append(legs, c.sentTo(ctx, l, sent[target], target)...)
	}
	if len(users) < len(l.users) {
		legs = append(legs, c.leftOut(l, l.users[len(users):])...)
	}
	return legs
}

// sentTo follows a RedirectUrl for some users of l. One that is refused costs
// only them.
func (c *chase) sentTo(ctx context.Context, l leg, users []string, target string) []leg {
	next, err := c.redirected(ctx, l, nil, target)
	if err != nil {
		c.settleAll(users, outcome{err: err})
		return nil
	}
	next.via, next.users = "RedirectUrl", users
	return []leg{next}
}

// leftOut asks again for users that the service left out, but only once.
func (c *chase) leftOut(l leg, users []string) []leg {
	if l.again {
		err := c.withHops(c.forest.fail(Busy, statusException(503), errors.New("the service left the mailbox out of its answer twice")))
		c.settleAll(users, outcome{err: err})
		return nil
	}
	l.users, l.anchor, l.again = users, "", true
	return []leg{l}
}

// outcome is what the service says about one user.
func (c *chase) outcome(ctx context.Context, user string, u userSettings) outcome {
	switch u.code {
	case codeNoError:
		return c.service(ctx, u)
	case codeRedirectAddress:
		if u.redirectTarget == "" {
			return outcome{err: c.refuse(ctx, addressRedirect, refusedAddress)}
		}
		return outcome{address: u.redirectTarget}
	case codeInvalidUser:
		return c.not(UnknownUser, "the service says InvalidUser")
	case codeServerBusy:
		return c.not(Busy, "the service says ServerBusy for this mailbox")
	}
	return c.not(BadAnswer, fmt.Sprintf("the service says %.40q for this mailbox", u.code))
}

func (c *chase) not(kind Kind, why string) outcome {
	return outcome{err: c.withHops(c.forest.fail(kind, statusException(500), errors.New(why)))}
}

// service takes the URL of Exchange Web Services out of the settings of a user.
// The one for interoperation is better, but only where it may be used.
func (c *chase) service(ctx context.Context, u userSettings) outcome {
	var refused error
	for _, name := range []string{interopEwsURL, externalEwsURL} {
		value := u.values[name]
		if value == "" {
			continue
		}
		vetted, err := c.forest.hosts.service(value)
		if err == nil {
			return outcome{endpoint: vetted.String()}
		}
		refused = err
	}
	if refused != nil {
		return outcome{err: c.refuse(ctx, "the URL of Exchange Web Services", refused)}
	}
	code := u.errors[externalEwsURL]
	if code == "" {
		code = "nothing, as a server does that does not know the setting"
	}
	return c.not(SettingNotAvailable, fmt.Sprintf(
		"for ExternalEwsUrl the service says %.40s: it is not set on the virtual directory, or withheld because Outlook Anywhere is off or blocked for the mailbox (KB 2734791)", code))
}

// batchLimit is how many users one request asks about. No document gives the
// maximum; 90 and 100 are in circulation.
const batchLimit = 50

func (f *forest) batchSize() int { return batchLimit >> f.halvings.Load() }

// halve makes requests smaller, for good, after one of that size was refused.
func (f *forest) halve(refused int) {
	for n := f.halvings.Load(); batchLimit>>n >= refused && batchLimit>>n > 1; n = f.halvings.Load() {
		f.halvings.CompareAndSwap(n, n+1)
	}
}

// settings are those that f is asked for.
func (f *forest) settings() []string {
	if f.plain.Load() {
		return []string{externalEwsURL}
	}
	return []string{externalEwsURL, interopEwsURL}
}

// dropOptionalSettings reports whether there was anything to drop.
func (f *forest) dropOptionalSettings() bool { return !f.plain.Swap(true) }
