//go:build race

package server_test

// usually is how many questions the referee asks: the race detector makes each
// ten times as slow.
const usually = 60
