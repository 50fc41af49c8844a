package ews

import "availproxy/ews/soap"

// elements reads the elements of a document one after the other, in the words of
// EWS, and declines what it does not know.
type elements struct{ soap.Scanner }

// is reports whether the element that was entered last is that one, and has no
// attributes.
func (r *elements) is(space int, local string) bool {
	return r.Space == space && string(r.Local) == local && len(r.Attributes) == 0
}

// envelope reads a Header, which may be absent, and a Body behind it.
func (r *elements) envelope(readHeader, readBody func()) {
	const header, body fields = 1, 2
	var has fields
	for r.Child() {
		switch {
		case r.is(spaceEnvelope, "Header") && has&body == 0:
			r.once(&has, header)
			readHeader()
		case r.is(spaceEnvelope, "Body"):
			r.once(&has, body)
			readBody()
		default:
			r.Decline(otherElement)
		}
	}
	r.need(has, body)
}

// typed enters the next child, which must be one of the types namespace without
// attributes. Its name is in Local.
func (r *elements) typed() bool {
	if !r.Child() {
		return false
	}
	if r.Space != spaceTypes || len(r.Attributes) > 0 {
		r.Decline(otherElement)
		return false
	}
	return true
}

// fields are some of the children that an element may have, by bit.
type fields uint16

// once notes that f is there. Whoever has it twice means we know not which.
func (r *elements) once(has *fields, f fields) {
	if *has&f != 0 {
		r.Decline(otherElement)
	}
	*has |= f
}

// follows is once for children that the schema has in one order.
func (r *elements) follows(has *fields, f fields) {
	if *has >= f {
		r.Decline(otherElement)
	}
	*has |= f
}

func (r *elements) need(has, f fields) {
	if has&f != f {
		r.Decline(otherElement)
	}
}

// nothingElse leaves the innermost open element, in which nothing must follow.
func (r *elements) nothingElse() {
	if r.Child() {
		r.Decline(otherElement)
	}
}
