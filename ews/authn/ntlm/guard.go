package ntlm

import (
	"errors"

	"availproxy/ews/authn"
)

// Guard stands in front of whoever checks proofs, and lets pass no logon that
// could not be accepted anyway, and none of somebody who guesses: domain
// controllers count wrong passwords, and lock accounts. It is safe for concurrent
// use.
type Guard struct{ guesses *authn.Throttle }

// NewGuard returns a Guard that has seen no guess yet.
func NewGuard() (*Guard, error) {
	guesses, err := authn.NewThrottle()
	return &Guard{guesses}, err
}

// Check has check look at the logon in token, which came on c. An error of check
// with the reason [authn.BadPassword] counts as a wrong guess.
func (g *Guard) Check(c *authn.Connection, token []byte, check func(*Logon) error) error {
	l, err := readLogon(token)
	if err != nil {
		return err
	}
	if err := l.boundTo(c); err != nil {
		return err
	}
	guess := authn.Guess{From: c.Peer(), User: guessed(l.User)}
	if err := g.guesses.Open(authn.NTLM, guess); err != nil {
		return err
	}
	err = check(l)
	if refusal, ok := errors.AsType[*authn.Refusal](err); ok && refusal.Reason == authn.BadPassword {
		g.guesses.Failed(guess)
	}
	return err
}
