// Package activedirectory runs a forest of Active Directory for tests: a domain
// controller of Samba, a member with winbind, the accounts of Exchange servers and
// the account that carries the name of the proxy.
//
// The forest has its own network and mounts, which [Inside] makes, so that it can
// use the ports that it must, and nothing of it can be reached from outside or
// stays behind. That takes root.
package activedirectory
