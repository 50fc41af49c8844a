package ews

import "availproxy/ews/soap"

// caller is who sends a request, as far as the request itself tells.
type caller struct {
	header     header
	build      string // of the Exchange server that asks, or ""
	generation Generation
	because    evidence // what the generation was told by, for the log
}

func newCaller(userAgent string, h header) caller {
	c := caller{header: h, build: callerBuild(userAgent)}
	c.generation, c.because = generationOf(userAgent, h.version)
	return c
}

// lastCaller remembers what was told by the words of one caller, since most
// callers ask again.
type lastCaller struct {
	userAgent, version string
	told               caller // but for its header
}

// caller is newCaller.
func (l *lastCaller) caller(userAgent string, h header) caller {
	const mostKept = 512
	if l.told.because == (evidence{}) || userAgent != l.userAgent || h.version != l.version {
		c := newCaller(userAgent, h)
		if len(userAgent)+len(h.version) > mostKept {
			return c
		}
		*l = lastCaller{userAgent, h.version, c}
		l.told.header = header{}
	}
	c := l.told
	c.header = h
	return c
}

// serverVersion is a RequestServerVersion as a string of its own, if it is
// another one than the last.
func (l *lastCaller) serverVersion(text []byte) string {
	if string(text) == l.version {
		return l.version
	}
	return string(text)
}

// readCaller reads what stands around the question in m, before the question
// itself. The caller is as known as it can be also with an error, which is a
// *freebusy.Error.
func readCaller(m *soap.Message, userAgent string) (caller, error) {
	h, err := readHeader(m)
	c := newCaller(userAgent, h)
	if m.Namespace != soap.Envelope11 {
		return c, invalidRequest("the envelope must be SOAP 1.1")
	}
	if err != nil {
		return c, err
	}
	return c, checkServerVersion(h.version)
}
