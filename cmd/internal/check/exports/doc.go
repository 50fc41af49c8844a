// Package exports reads what Get-* cmdlets of Exchange have said, as an
// administrator saved it: JSON of ConvertTo-Json, or the CLIXML of
// Export-Clixml, in UTF-8 or in the UTF-16 that Windows PowerShell writes.
//
// A file is one cmdlet's output. Which cmdlet, its name tells
// (onpremises-Get-AuthConfig.xml), or the type names inside of CLIXML; which
// side, the name, the folder or what the objects say of their server. One JSON
// document may also hold the output of several cmdlets by their names.
//
// What a file holds is data that others have edited: it is bounded in size and
// depth, and no property that is missing or strange is an error.
package exports
