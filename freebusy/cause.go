package freebusy

import (
	"errors"
	"maps"
	"slices"
)

// Cause is why something has failed, as an id that never changes: "area.what". It
// stands in logs and traces as availproxy.cause, and the catalogue of
// `availproxy explain` tells under it the whole story. What an operator can do is
// said here alone, and the catalogue takes it from here.
type Cause string

// CauseAttribute is the name of a Cause in traces and logs.
const CauseAttribute = "availproxy.cause"

// Cause is why e happened: what its own cause knows, else what goes with its Code.
// It is "" for a Code that only other servers give.
func (e *Error) Cause() Cause {
	if known, ok := errors.AsType[causal](e.Err); ok && known.Cause() != "" {
		return known.Cause()
	}
	return e.Code.Cause()
}

// Remedy is what whoever runs us can do about e: what its cause knows to advise,
// else what goes with its Code. It may be "".
func (e *Error) Remedy() string {
	if known, ok := errors.AsType[remedial](e.Err); ok {
		return known.Remedy()
	}
	return e.Code.Remedy()
}

type causal interface {
	error
	Cause() Cause
}

type remedial interface {
	error
	Remedy() string
}

// Causes is every Cause that a failure of ours can have, with its remedy.
func Causes() map[Cause]string {
	all := map[Cause]string{}
	for _, a := range ofCodes {
		all[a.cause] = a.remedy
	}
	for _, c := range consequences {
		all[c.Cause] = c.Remedy
	}
	return all
}

// Codes are those that we give ourselves, in their order.
func Codes() []Code { return slices.Sorted(maps.Keys(ofCodes)) }
