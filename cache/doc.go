// Package cache answers one question: which of these mailboxes and hours do we
// already know?
//
// It remembers calendars, not answers to requests: what is known about one
// mailbox, for one [freebusy.Scope], over some hours, as of some moment. A
// question about any window inside those hours is answered from memory; only
// the mailboxes that are missing are asked of the Source behind, somewhat wider
// than asked, so that the next question about the same people finds more.
//
// The words are those of DNS caches: an answer is fresh, then stale; a failure
// is negative. Stale answers stand in for failures that may pass. A refusal is
// the other side's decision and replaces what was held.
//
// The package does not decide who may see what: that is Clamp's, in front of
// it. It does not know forests: that is the Router's, behind it.
package cache
