// Package capture answers what a server really sends: it saves the next few
// requests at the door for Exchange in a file that can be given away. Nobody
// has published what Exchange 2007, 2010 and 2013 send to a ProxyUrl; whoever
// runs one can show it with this.
//
// Whatever says how a request is made stays byte for byte: elements, prefixes,
// white space, numbers, times, words of the schema. Whatever may say something
// about people or secrets is replaced: credentials, tokens and cookies, security
// identifiers, mailbox addresses, host names, and every text that is not known
// to be harmless. Equal values get equal placeholders within one file, under a
// key that is forgotten with the process.
//
// A [Redactor] does the same for the log, in both directions; there hosts and what
// explains an error may be seen.
//
// Of the head, net/http keeps neither the order of the fields nor the case of
// their names, and of a chunked body not its chunks: these are lost.
package capture
