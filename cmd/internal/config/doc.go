// Package config answers what the operator has asked for: it reads the one
// configuration file of availproxy into a [Config].
//
// A file is read strictly and whole: every mistake in it is reported at once,
// each with its line, its column and what to write instead ([Errors]). What is
// legal but rarely meant becomes a warning. A Config that was read without an
// error is complete (defaults filled in, relative paths made absolute, secrets
// fetched) and consistent, so that nobody behind it checks anything again. It
// is never changed; a reload reads a new one and [Diff] tells the two apart.
//
// The words are those of the Exchange cmdlets (Set-AuthConfig, New-AuthServer,
// New-IntraOrganizationConnector). The package opens no sockets and parses no
// certificates; that the other side exists is for `availproxy check` to find.
package config
