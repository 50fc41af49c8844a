// Package cli is the command line: each command in a file of its own, as a
// function that returns it. A command reads its flags, asks the packages that
// know, and prints; it decides nothing about free/busy.
//
// It is the only package that may use the simulated staging forest: for demo,
// for staging, and for lookup asking as an old server would.
package cli
