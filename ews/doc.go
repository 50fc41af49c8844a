// Package ews speaks GetUserAvailability, the operation of Exchange Web
// Services with which one Exchange server asks another when people are busy
// ([MS-OXWAVLS] 3.1.4.1), and GetMailTips, which takes the same way.
//
// [Handler] answers the question as an Exchange 2013 SP1 Client Access server
// would. It reads a request into two parts: a freebusy.Query, what there is to
// find out, and a [Presentation], how this caller wants to be told. A
// freebusy.Source answers the first; the second decides how the answer is
// written, and only then do zones, views and the caller's age come into play.
// Requests as known callers write them are read in one pass over their bytes,
// and answers are appended from their events; whatever is written otherwise is
// read by way of a tree, which alone refuses requests. Both read alike.
//
// Meeting times are suggested from the same answers, whichever forests they
// have come from.
//
// [Client] is such a source: it puts the question to another EWS, always in
// UTC, and reads what servers from Exchange 2007 on answer.
//
// Exchange sends GetMailTips to the same URL ([MS-OXWMT] 3.1.4.1): what a sender
// should know about the recipients of a message. [MailTipsRouter] asks the forest
// of each; what a connector does not pass on is neither asked for nor handed on,
// and nothing is remembered. A request is always written anew from what was
// understood: these two operations are all that ever leaves, and nothing of a
// caller's own bytes.
//
// The package does not authenticate anybody, knows no other operation, and
// decides nothing about who may see what: that is done by the Source, and by the
// Access of a MailTipsRouter.
package ews
