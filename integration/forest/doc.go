// Package forest is the other side: a simulated Exchange forest with mailboxes,
// Exchange Web Services, Microsoft Graph, autodiscover and token services on
// loopback, and the old servers that ask for its free/busy times and mail tips
// through a proxy.
//
// It answers what would happen between two real forests, so that the proxy can
// be seen, tested and measured without one. It imports nothing of the proxy:
// it reads SOAP, merges calendars, computes time zones and checks tokens by its
// own means, so that the two can disagree. What is right is what its [Truth]
// says.
//
// The parts, each usable alone:
//
//	Truth   the calendars, in absolute time, and the mail tips; made by Seeded or read from JSON
//	EWS     GetUserAvailability and GetMailTips from a Truth, as one generation of Exchange says them ([MS-OXWAVLS], [MS-OXWMT])
//	Graph   getSchedule from the same Truth, with its limits (calendar-getschedule)
//	Faults  what EWS and Graph do wrong on purpose
//	Forest  all services with certificates and keys of their own, on loopback
//	Caller  an Exchange 2007, 2010 or 2013 that asks any ProxyUrl
//
// It proposes no meetings, knows no other operation, and expands no distribution
// lists: the events of one, and how many belong to it, are given to it.
package forest
