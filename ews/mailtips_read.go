package ews

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// mailTipsReader turns the message that came back into the answers to one
// question.
type mailTipsReader struct {
	reader
	query MailTipsQuery
}

// answers reads a GetMailTipsResponse ([MS-OXWMT] 3.1.4.1): one message for each
// recipient, in their order, or a failure for all of them. One too few or too
// many, or one in the place of another, makes all of them worthless.
func (r mailTipsReader) answers(m *soap.Message) ([]MailTipsAnswer, *freebusy.Error) {
	if fault := m.Fault(); fault != nil {
		return nil, answered(mailTipsFault(fault))
	}
	messages, err := entriesIn(m, "GetMailTipsResponse", "ResponseMessages", "MailTipsResponseMessageType")
	if err != nil {
		return nil, answered(freebusy.ProxyFailed("The response is not one of GetMailTips", err))
	}
	if len(messages) == 0 { // then the response itself is the only ResponseMessage
		if failure := r.failure(m.Body); failure != nil {
			return nil, answered(failure)
		}
	}
	if len(messages) != len(r.query.Recipients) {
		return nil, answered(freebusy.ProxyFailed("The response does not have one entry for each recipient",
			fmt.Errorf("%d messages for %d recipients", len(messages), len(r.query.Recipients))))
	}
	answers := make([]MailTipsAnswer, len(messages))
	for i, message := range messages {
		if r.misplaced(message, i) {
			return nil, answered(freebusy.ProxyFailed("The entries of the response are not in the order of the recipients",
				errors.New("the mail tips of one recipient are in the place of another")))
		}
		answers[i] = r.answer(message, r.query.Recipients[i])
	}
	return answers, nil
}

// answer reads one MailTipsResponseMessageType. What cannot be read spoils this
// recipient and no other, and no part of it is taken for the whole.
func (r mailTipsReader) answer(message *etree.Element, recipient freebusy.Mailbox) MailTipsAnswer {
	if name := repeated(message); name != "" {
		return MailTipsAnswer{Err: answered(r.unusable("The response contradicts itself", fmt.Errorf("%s is there more than once", name)))}
	}
	if failure := r.failure(message); failure != nil {
		return MailTipsAnswer{Err: answered(failure)}
	}
	tips, err := readMailTips(child(message, "MailTips"))
	if err != nil {
		return MailTipsAnswer{Err: answered(r.unusable("The mail tips in the response cannot be read", err))}
	}
	tips.Recipient = recipient
	return MailTipsAnswer{Tips: tips.Only(r.query.Tips)}
}

// misplaced reports whether message, in position i, is about another of the
// recipients. An address that is none of them may be the same mailbox under
// another name.
func (r mailTipsReader) misplaced(message *etree.Element, i int) bool {
	about := freebusy.SMTP(childText(child(child(message, "MailTips"), "RecipientAddress"), "EmailAddress")).Key()
	return about != r.query.Recipients[i].Key() &&
		slices.ContainsFunc(r.query.Recipients, func(m freebusy.Mailbox) bool { return m.Key() == about })
}

// readMailTips reads the children of MailTips, of which all may be missing.
func readMailTips(e *etree.Element) (*MailTips, error) {
	if e == nil {
		return nil, errors.New("no MailTips")
	}
	r := tipReader{e: e}
	t := &MailTips{
		OutOfOffice: r.automaticReply(),
		Full:        r.boolean("MailboxFull"),
		Custom:      r.text("CustomMailTip"),
		Total:       r.int("TotalMemberCount"),
		External:    r.int("ExternalMemberCount"),
		MaxSize:     r.int("MaxMessageSize"),
		Restricted:  r.boolean("DeliveryRestricted"),
		Moderated:   r.boolean("IsModerated"),
		Invalid:     r.boolean("InvalidRecipient"),
	}
	t.Pending, _ = parseMailTipTypes(childText(e, "PendingMailTips")) // a kind that we do not know cannot be passed on either
	return t, r.err
}

// tipReader reads the children of e, each nil when it is missing or empty, and
// keeps the first error.
type tipReader struct {
	e   *etree.Element
	err error
}

func (r *tipReader) text(name string) *string {
	text := childText(r.e, name)
	if text == "" {
		return nil
	}
	return &text
}

func (r *tipReader) boolean(name string) *bool {
	value, known := readBool(r.e, name)
	if known {
		return &value
	}
	if r.text(name) != nil {
		r.fail(name, "xs:boolean")
	}
	return nil
}

func (r *tipReader) int(name string) *int32 {
	text := r.text(name)
	if text == nil {
		return nil
	}
	n, err := strconv.ParseInt(*text, 10, 32)
	if err != nil {
		r.fail(name, "xs:int")
	}
	value := int32(n)
	return &value
}

func (r *tipReader) fail(name, xsdType string) {
	if r.err == nil {
		r.err = fmt.Errorf("%s is no %s", name, xsdType)
	}
}

// automaticReply reads OutOfOffice. One without Message says that nobody is away.
func (r *tipReader) automaticReply() *AutomaticReply {
	away := child(r.e, "OutOfOffice")
	if away == nil {
		return nil
	}
	body, duration := child(away, "ReplyBody"), child(away, "Duration")
	reply := &AutomaticReply{Message: childText(body, "Message"), Language: language(body)}
	if duration != nil {
		reply.Start, reply.End = r.moment(duration, "StartTime"), r.moment(duration, "EndTime")
	}
	return reply
}

// languageTag is an xs:language (XML Schema 2 3.3.3). What is none would make
// .NET reject the whole answer.
var languageTag = regexp.MustCompile(`^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8}){0,8}$`)

func language(body *etree.Element) string {
	if body == nil {
		return ""
	}
	if tag := body.SelectAttrValue("xml:lang", ""); languageTag.MatchString(tag) {
		return tag
	}
	return ""
}

// moment reads an xs:dateTime and writes it so that every caller reads it: in
// UTC, or as the wall clock that the server left without a zone.
func (r *tipReader) moment(e *etree.Element, name string) string {
	t, zoned, err := parseDateTime(childText(e, name))
	switch {
	case err != nil:
		r.fail(name, "xs:dateTime")
		return ""
	case zoned:
		return formatWall(freebusy.TimeZone{}, t) + "Z"
	}
	return formatWall(freebusy.TimeZone{}, t)
}
