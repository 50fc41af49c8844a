package ews

import (
	"context"
	"fmt"

	"availproxy/ews/soap"
)

// operation is one of the operations that we know, by the local part of its
// SOAPAction. There are two, and tests see to it that no other ever leaves.
type operation string

const (
	getUserAvailability operation = "GetUserAvailability" // [MS-OXWAVLS] 3.1.4.1
	getMailTips         operation = "GetMailTips"         // [MS-OXWMT] 3.1.4.1
)

// operations are what a Handler answers, by the element of the Body that asks
// for it; Exchange looks at nothing else (learn.microsoft.com responsecode,
// ErrorInvalidRequest).
var operations = map[string]struct {
	operation
	answer func(h *Handler, ctx context.Context, m *soap.Message, q *inquiry, d *desk) (answer, error)
}{
	"GetUserAvailabilityRequest": {getUserAvailability, (*Handler).answerAvailability},
	"GetMailTips":                {getMailTips, (*Handler).answerMailTips},
}

// dispatch answers the operation that m asks for.
func (h *Handler) dispatch(ctx context.Context, m *soap.Message, q *inquiry, d *desk) (answer, error) {
	if m.Body == nil {
		return nil, invalidRequest("the Body is empty")
	}
	asked, known := operations[m.Body.Tag]
	if !known || m.Body.NamespaceURI() != nsMessages {
		return nil, notAvailable(m.Body.Tag)
	}
	q.operation = asked.operation
	return asked.answer(h, ctx, m, q, d)
}

// notAvailable is the fault for an operation that we do not have.
func notAvailable(name string) error {
	return invalidRequest(fmt.Sprintf("the operation %.100s is not available on this server", name))
}
