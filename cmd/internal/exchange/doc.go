// Package exchange writes the PowerShell that joins Exchange to the proxy: each
// step on either side with the values of this configuration filled in, and what
// undoes it. It runs nothing.
package exchange
