package ews

import (
	"strings"

	"availproxy/freebusy"
)

// exceptionNumbers are the numbers of Exchange's availability exceptions, as
// ExceptionCode and in faults; Outlook on the web shows them to users. These
// are the ones that public answers of real servers prove.
var exceptionNumbers = map[freebusy.Code]int{
	freebusy.ErrorMailboxDataArrayTooBig:       5002,
	freebusy.ErrorMailRecipientNotFound:        5009,
	freebusy.ErrorProxyRequestProcessingFailed: 5016,
	freebusy.ErrorServiceDiscoveryFailed:       5021,
	freebusy.ErrorInvalidSmtpAddress:           5035,
	freebusy.ErrorNoFreeBusyAccess:             5037,
	freebusy.ErrorAutoDiscoverFailed:           5039,
}

// corEException is the HRESULT of any .NET exception. Exchange 2007 has it in
// place of a number for exceptions that have none (learn.microsoft.com
// getuseroofsettings-operation), and so do we where none is known.
const corEException = -2146233088

func exceptionNumber(code freebusy.Code) int {
	if n, known := exceptionNumbers[code]; known {
		return n
	}
	return corEException
}

// exceptionType is the .NET name of the exception behind a code: the code's
// own word, but for the one that real servers name otherwise.
func exceptionType(code freebusy.Code) string {
	name := strings.TrimPrefix(string(code), "Error")
	if code == freebusy.ErrorProxyRequestProcessingFailed {
		name = "ProxyWebRequestProcessing"
	}
	return "Microsoft.Exchange.InfoWorker.Common.Availability." + name + "Exception"
}
