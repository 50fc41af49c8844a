// Package integration holds the tests of the whole: real sockets, real clients
// that others wrote, the simulated staging forest of [availproxy/integration/forest],
// and the rules about who may import whom.
package integration
