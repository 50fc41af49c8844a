// Package freebusy answers one question: when are these people busy?
//
// It holds the words of the Exchange Availability service ([MS-OXWAVLS]) and
// the rules that every answer obeys, and nothing of how questions travel: no
// XML, no HTTP, no tokens, no configuration. It knows by name why others
// refuse, and what becomes of a question then ([ConsequenceOf]). Everything that
// can answer, be it a remote forest, a cache or a fan-out over several forests,
// is a [Source], and a question passes from one Source to the next:
//
//	Clamp   never more detail than this asker and this connector allow
//	cache   (package cache) what is already known
//	Router  which forest knows whom; all forests are asked at the same time
//	Shadow  beside a back end another one, asked to compare and never served
//	Limit   one endpoint: concurrency, circuit breaker, back-off
//	client  (packages ews and freebusy/graph) asks the other side
//
// From the answers about several people, whichever forests they have come from,
// [Meeting.Suggest] tells when they can meet.
//
// Time is absolute inside this package. A [TimeZone] turns it into the wall
// clock of whoever asked, once, when the answer is written.
package freebusy
