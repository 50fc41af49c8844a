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
