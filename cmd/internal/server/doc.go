// Package server is the wiring: it makes the objects of the other packages from
// a configuration, joins them into the path that a question takes, and runs the
// listeners in front of it.
//
//	Gate (who asks) -> ews.Handler -> Clamp -> Scoping -> Cache -> Router
//	  -> for each endpoint AtMost -> Pieces -> Limit -> Gather -> ews.Client
//	  -> oauth.Transport
//
// A reload wires a whole new path beside the old one and swaps them in one
// step. Nothing here knows SOAP, tokens or calendars; whatever is more than
// joining parts belongs in the package of the part.
package server
