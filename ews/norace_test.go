//go:build !race

package ews

const raceDetector = false
