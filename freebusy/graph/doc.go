// Package graph answers one question: what does Microsoft Graph know about these
// mailboxes?
//
// Its [Client] asks getSchedule (learn.microsoft.com calendar-getschedule) and is
// a [freebusy.Source] like the client of EWS, so that whatever stands in front
// cannot tell the two apart. Where Graph has less than EWS, so has the answer:
//
//   - an event has no ID, and says of itself neither that it is a meeting, nor
//     recurring, nor an exception, nor that it reminds;
//   - an event without subject, location and privacy flag is told by its time
//     alone, which is all that is granted for a calendar without events;
//   - hours without any event do not tell how much was granted: they count as all
//     that was asked for;
//   - whole-day events come as midnight of the zone that is asked in, which is
//     UTC, and not of the zone that their owner lives in.
//
// The digits of Graph are not those of EWS: its 4 is working elsewhere, that of
// EWS is no data. They are never passed on; the events decide.
//
// The package knows nothing of tokens, which are the matter of the transport
// under its HTTP client, nor of how often Graph may be asked, which is that of
// the [freebusy.Limit] in front of it, but for one limit that nobody else can
// see: that of a mailbox in whose name the question is put.
package graph
