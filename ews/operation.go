package ews

// operation is one of the operations that we know, by the local part of its
// SOAPAction. There are two, and a test sees that no other ever leaves.
type operation string

const (
	getUserAvailability operation = "GetUserAvailability" // [MS-OXWAVLS] 3.1.4.1
	getMailTips         operation = "GetMailTips"         // learn.microsoft.com getmailtips-operation
)
