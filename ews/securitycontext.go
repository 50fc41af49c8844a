package ews

import (
	"errors"
	"fmt"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// SecurityContext is the SerializedSecurityContext of a request
// (learn.microsoft.com serializedsecuritycontext): whom the server that asks
// says it is asking for. It is data about that user and never authenticates
// anybody; whoever uses it must know that the sender may say such things.
//
// Its security identifiers mean nothing in another forest. They are counted and
// checked, and kept nowhere.
type SecurityContext struct {
	PrimarySmtpAddress string // "" when it names none
	invalid            *freebusy.Error
}

// Check says what is wrong with it in the form in which it was sent: it is a
// fault for the whole question (learn.microsoft.com responsecode).
func (c *SecurityContext) Check() error {
	if c.invalid == nil {
		return nil
	}
	return c.invalid
}

// maxGroups is how many groups Exchange takes (ErrorProxyGroupSidLimitExceeded,
// learn.microsoft.com responsecode).
const maxGroups = 3000

// readSecurityContext reads the header. Of what stands there twice nobody can say
// which one its sender means, or what others in between have looked at.
func readSecurityContext(e *etree.Element) *SecurityContext {
	c := &SecurityContext{}
	c.PrimarySmtpAddress, _ = soap.ChildText(e, nsTypes, "PrimarySmtpAddress")
	for _, field := range []string{"UserSid", "GroupSids", "RestrictedGroupSids", "PrimarySmtpAddress"} {
		if len(soap.Children(e, nsTypes, field)) > 1 {
			c.invalid = badAccessToken(field + " stands there twice")
			return c
		}
	}
	user, _ := soap.ChildText(e, nsTypes, "UserSid")
	if !isSID(user) {
		c.invalid = badAccessToken("UserSid is no security identifier")
		return c
	}
	groups := 0
	for list, entry := range map[string]string{"GroupSids": "GroupIdentifier", "RestrictedGroupSids": "RestrictedGroupIdentifier"} {
		for _, group := range soap.Children(soap.Child(e, nsTypes, list), nsTypes, entry) {
			groups++
			if id, _ := soap.ChildText(group, nsTypes, "SecurityIdentifier"); !isSID(id) {
				c.invalid = badAccessToken(entry + " is no security identifier")
			}
		}
	}
	if groups > maxGroups {
		c.invalid = &freebusy.Error{
			Code: freebusy.ErrorProxyGroupSidLimitExceeded,
			Text: "The number of groups in the serialized security context exceeds the limit.",
			Err:  fmt.Errorf("ews: %d groups, %d are allowed", groups, maxGroups),
		}
	}
	return c
}

func badAccessToken(why string) *freebusy.Error {
	return &freebusy.Error{
		Code: freebusy.ErrorInvalidSerializedAccessToken,
		Text: "The serialized access token is invalid.",
		Err:  errors.New("ews: SerializedSecurityContext: " + why),
	}
}

// TokenSerializationDenied is the answer to a SerializedSecurityContext from
// somebody who may not send one: in Exchange, who lacks the extended right
// ms-Exch-EPI-Token-Serialization.
func TokenSerializationDenied(sender string) error {
	return &freebusy.Error{
		Code: freebusy.ErrorTokenSerializationDenied,
		Text: "The caller does not have the right to serialize tokens.",
		Err:  errors.New("ews: " + sender + " sent a SerializedSecurityContext and is not in clients.token_serialization"),
	}
}
