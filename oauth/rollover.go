package oauth

import (
	"errors"
	"fmt"
	"time"
)

// Certificates are the auth certificates of a Set-AuthConfig: the one in use,
// the one that follows it and the one before. Only Current must be there.
type Certificates struct {
	Current       *Certificate
	Next          *Certificate
	NextEffective time.Time // from then on Next signs
	Previous      *Certificate
}

// Check says why c cannot be used at that time, if so.
func (c Certificates) Check(at time.Time) error {
	if c.Current == nil {
		return errors.New("oauth: there is no auth certificate")
	}
	if c.Next != nil && c.NextEffective.IsZero() {
		return errors.New("oauth: the next auth certificate has no effective date")
	}
	if c.Next != nil && c.NextEffective.Before(c.Next.X509.NotBefore) {
		return fmt.Errorf("oauth: the next auth certificate %s becomes effective before it is valid", c.Next.Thumbprint())
	}
	return c.Signing(at).Check(at)
}

// Signing is the certificate that signs at that time: Next once it is
// effective, else Current.
func (c Certificates) Signing(at time.Time) *Certificate {
	if c.nextSigns(at) {
		return c.Next
	}
	return c.Current
}

// Other is the certificate to try when an auth server does not know the one
// that signs: around a rollover it may have learned the new one early or late.
// It is nil when there is none.
func (c Certificates) Other(at time.Time) *Certificate {
	switch {
	case c.nextSigns(at):
		return c.Current
	case c.Next != nil:
		return c.Next
	}
	return c.Previous
}

func (c Certificates) nextSigns(at time.Time) bool {
	return c.Next != nil && !at.Before(c.NextEffective)
}

// Published are the certificates that others must know: Current and Next, the
// latter before it becomes effective, so that they learn it in time.
func (c Certificates) Published() []*Certificate {
	var published []*Certificate
	for _, each := range []*Certificate{c.Current, c.Next} {
		if each != nil {
			published = append(published, each)
		}
	}
	return published
}

// DaysLeft is for how many whole days there will be a certificate to sign with,
// the next one counted
// unless it comes too late. Current must be there.
func (c Certificates) DaysLeft(at time.Time) int {
	inTime := c.Next != nil && !c.NextEffective.After(c.Current.X509.NotAfter)
	if inTime || c.nextSigns(at) {
		return c.Next.DaysLeft(at)
	}
	return c.Current.DaysLeft(at)
}
