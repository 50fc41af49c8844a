// Package history remembers the last questions and, for longer, the last that
// failed, each with its story: who asked for whom, which way the question took,
// what the other side said and how long everything lasted.
//
// What one question is made of comes from two places. Its path is the trace that
// has ended anyway; whom it was about does not stand in traces, and is noted on the
// way. A Story is made when somebody asks for it. All of it is bounded and in
// memory, and ends with the process.
package history
