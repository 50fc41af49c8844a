// Package plants is the table of planted causes: for each failure of free/busy
// between forests that operators meet, what to do to the staging forest, or to the
// configuration of the proxy, so that it happens, and the id of its cause in the
// catalogue.
//
// Whatever claims to find causes is tried on the whole table: `availproxy check`,
// traces, the status page, `availproxy explain`.
package plants
