package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"

	"availproxy/freebusy"
)

// Unreachable says why no answer came, in the words of .NET that Exchange shows
// and that its support articles explain (resolve-free-busy-errors).
func Unreachable(err error) *freebusy.Error {
	told, explained := errors.AsType[freebusy.Explained](err)
	switch {
	case explained && (told.Consequence().Refused || !timedOut(err)):
		return told.Consequence().Failure(told.SafeText(), err)
	case timedOut(err):
		return freebusy.TimeoutExpired(err)
	}
	reason := NetworkReason(err)
	return freebusy.ConsequenceOf(reason).Failure(inDotNet[reason], err)
}

// Failed is [freebusy.ProxyFailed] with the words of another server.
func Failed(what string, cause error) *freebusy.Error {
	return freebusy.ProxyFailed(sentence(what), cause)
}

// sentence is what without the end that our own wording gives it.
func sentence(what string) string { return strings.TrimRight(what, ". ") }

// timedOut includes an asker who gave up: nobody reads the answer then.
func timedOut(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// handshakeFailed knows the alerts of crypto/tls by the names of their
// operations; their type is not exported.
func handshakeFailed(err error) bool {
	op, network := errors.AsType[*net.OpError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	return network && (op.Op == "remote error" || op.Op == "local error") || record || errors.Is(err, http.ErrSchemeMismatch)
}
