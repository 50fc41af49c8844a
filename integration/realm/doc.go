// Package realm runs a Kerberos realm for tests: a KDC of MIT on loopback, with
// accounts, keytabs and the programs that use them. It needs no root and is up in
// less than a second; its files are in a directory of the test.
package realm
