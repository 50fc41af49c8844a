// Package conflicts compares our configuration with what Exchange says of itself,
// as package exports has read it: what keeps questions from ever reaching us, or
// from being answered on the other side.
//
// It judges only what was exported, and says what was not. Settings of Exchange
// that go their own way on purpose, such as an IntraOrganizationConnector by which
// newer servers ask without us, are warnings and no failures.
package conflicts
