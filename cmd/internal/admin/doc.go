// Package admin serves the operator's listener: whether the process is alive
// and ready, what its parts do, its metrics, a reload, a purge of the cache and
// the profiler.
//
// It only shows and triggers; what it shows is handed to it as plain values, and
// a look-up from its pages is a question like any other, to a function that it is
// given. It is never reachable on the listener that Exchange uses.
package admin
