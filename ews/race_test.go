//go:build race

package ews

// raceDetector is whether the tests run with it, which allocates by itself.
const raceDetector = true
