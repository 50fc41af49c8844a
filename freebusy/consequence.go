package freebusy

import (
	"fmt"
	"strings"
	"time"
)

// Consequence is what becomes of a question because an auth server gave no token for
// it, or because the host that was asked did not take the token.
type Consequence struct {
	Code    Code          // of the answer for each mailbox
	Refused bool          // somebody has decided, rather than failed: see [ErrRefused]
	BackOff time.Duration // how long they want to be left alone; 0 is not at all
	Cause   Cause         // why, for the catalogue
	Remedy  string        // what whoever runs us can do, as [Code.Remedy]
}

// Reason is how others say why: the number of an error of Entra ID, "AADSTS65001";
// a word of OAuth, "invalid_client"; a step at which there was no token,
// "host_refused"; who answered with which status, "EWS 403"; the number of an
// x-ms-diagnostics, "diagnostics 2000005"; or what became of a connection,
// "network name", or of autodiscover, "discovery unreachable".
type Reason string

// AADSTS is the reason of that number.
func AADSTS(number int) Reason { return Reason(fmt.Sprintf("AADSTS%d", number)) }

// Status is the reason that is the status of an HTTP answer; who is "auth
// server", "EWS" or "Graph".
func Status(who string, status int) Reason { return Reason(fmt.Sprintf("%s %d", who, status)) }

// ConsequenceOf is what becomes of a question for the first of these reasons that
// is known. A reason that nobody knows may pass.
func ConsequenceOf(reasons ...Reason) Consequence {
	for _, reason := range reasons {
		if c, ok := consequences[reason]; ok {
			return c
		}
	}
	rest := ErrorProxyRequestProcessingFailed
	return Consequence{Code: rest, Cause: rest.Cause(), Remedy: rest.Remedy()}
}

// Failure is the answer for a mailbox. what is a short description that is safe
// to show; it may end like a sentence, which our own wording does itself.
func (c Consequence) Failure(what string, cause error) *Error {
	if c.Refused {
		cause = fmt.Errorf("%w: %w", ErrRefused, cause)
	}
	if c.Cause != ErrorProxyRequestProcessingFailed.Cause() { // else whoever gives it a better Code knows more
		cause = advised{cause, advice{c.Cause, c.Remedy}}
	}
	failure := ProxyFailed(strings.TrimRight(what, ". "), cause)
	failure.Code, failure.BackOff = c.Code, c.BackOff
	return failure
}

// advised is what was behind a failure, with why that is and what can be done
// about it.
type advised struct {
	error
	advice advice
}

func (a advised) Unwrap() error  { return a.error }
func (a advised) Cause() Cause   { return a.advice.cause }
func (a advised) Remedy() string { return a.advice.remedy }

// Explained is the error of a Transport that knows why it did not send a
// request, as one does that gets no token for it.
type Explained interface {
	error
	SafeText() string // what happened, in a short description that is safe to show
	Consequence() Consequence
}
