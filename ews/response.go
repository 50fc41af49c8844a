package ews

import (
	"errors"
	"strconv"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// writeResponse writes the FreeBusyResponse of one mailbox ([MS-OXWAVLS]
// 3.1.4.1.3.3) by way of a tree. It is what responseWriter is compared with.
func writeResponse(a freebusy.Answer, p Presentation, server string) []byte {
	if a.Err != nil {
		return writeError(a.Err, p.Generation, server)
	}
	if a.Calendar == nil {
		return writeError(unanswered, p.Generation, server)
	}
	view, err := newFreeBusyView(a.Calendar, &p)
	if err != nil {
		return writeError(err, p.Generation, server)
	}
	response := etree.NewElement("m:FreeBusyResponse")
	addSuccess(response.CreateElement("m:ResponseMessage"))
	view.add(response)
	return fragment(response)
}

// unanswered stands for an Answer that breaks the contract of Source: it has
// neither a calendar nor an error.
var unanswered = freebusy.GenerationFailed(errors.New("ews: an answer with neither a calendar nor an error"))

// writeError writes the FreeBusyResponse of a mailbox without an answer. The
// view is there and says None, as with real servers.
func writeError(err *freebusy.Error, g Generation, server string) []byte {
	response := etree.NewElement("m:FreeBusyResponse")
	addError(response, err, g, server)
	view := response.CreateElement("m:FreeBusyView")
	soap.AddText(view, "t:FreeBusyViewType", View{}.String())
	return fragment(response)
}

// addError adds a ResponseMessage ([MS-OXWAVLS] 3.1.4.1.3.11) that says why
// there is no answer. The children of its MessageXml help whoever reads the
// event log of the asking server.
func addError(parent *etree.Element, err *freebusy.Error, g Generation, server string) {
	addFailure(parent.CreateElement("m:ResponseMessage"), err, responseCode(err.Code, g), server)
}

// addFailure says in message, a ResponseMessageType, why there is no answer. code
// is that of err in a word that the caller reads.
func addFailure(message *etree.Element, err *freebusy.Error, code freebusy.Code, server string) {
	message.CreateAttr("ResponseClass", "Error")
	soap.AddText(message, "m:MessageText", err.Text)
	soap.AddText(message, "m:ResponseCode", string(code))
	soap.AddText(message, "m:DescriptiveLinkKey", "0")
	detail := message.CreateElement("m:MessageXml")
	soap.AddText(detail, "e:ExceptionType", exceptionType(code))
	soap.AddText(detail, "e:ExceptionCode", strconv.Itoa(exceptionNumber(code)))
	if server != "" {
		soap.AddText(detail, "e:ExceptionServerName", server)
	}
	soap.AddText(detail, "e:ExceptionMessage", err.Text)
	if err.Source != "" {
		soap.AddText(detail, "e:ResponseSource", err.Source)
	}
}
