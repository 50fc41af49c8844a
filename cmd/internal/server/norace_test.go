//go:build !race

package server_test

// usually is how many questions the referee asks.
const usually = 600
