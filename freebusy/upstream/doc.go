// Package upstream answers one question: what does it mean for a mailbox when
// talking to the other side over HTTP goes wrong?
//
// The back ends share it: how a request is labelled so that it can be found in
// the logs of the other side, and how a connection, a status or a pause that is
// asked for becomes a [freebusy.Error] in the words of Exchange, by which its
// support articles are found. It reads no answer: what is in one differs between
// EWS and Graph.
package upstream
