// Package cache answers one question: which of these mailboxes and hours do we
// already know?
//
// It remembers calendars, not answers to requests: what is known about one
// mailbox, for one [freebusy.Scope], over some hours, as of some moment. A
// question about any window inside those hours is answered from memory; only
// the mailboxes and hours that are missing are asked of the Source behind,
// somewhat wider than asked and with all detail, so that the next question about
// the same people finds more.
//
// The words are those of DNS caches: an answer is fresh, then stale; a failure
// is negative. For a while a stale answer is served while it is renewed; after
// that it only stands in for failures that may pass. A refusal is the other
// side's decision and replaces what was held; a complaint about one question is
// remembered for that question alone.
//
// The package does not decide who may see what: that is Clamp's, in front of
// it. It does not know forests: that is the Router's, behind it.
package cache
