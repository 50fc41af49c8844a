// Package explain knows why free/busy look-ups fail: a catalogue, which is data with
// its sources, and how to find in it what a pasted text shows. The text may be an
// event 4002 of an Exchange server, an answer in a browser, a line of our log, or
// the id of a cause, under which traces, logs and pages name it.
//
// What an operator can do about a failure of ours is said in package freebusy, and
// the numbers and codes by which such a failure is known stand there; the catalogue
// takes both from there.
package explain
