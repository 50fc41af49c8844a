// Package soap reads and writes the envelopes in which Exchange Web Services
// and autodiscover travel: SOAP 1.1, and on input the SOAP 1.2 that some
// Exchange servers use for faults.
//
// It answers what the headers and the body of a message are, or why a document
// is no message, within limits that hold whatever a stranger sends. It does not
// know any operation, and it matches names by namespace and never by prefix.
package soap
