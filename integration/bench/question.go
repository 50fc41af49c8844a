package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"time"

	"availproxy/integration/forest"
)

// question is a request as it goes over the wire, and what must come back.
type question struct {
	wire      []byte // head and document
	mailboxes int    // asked about
	answer    []byte // the very bytes; nil: any answer for so many mailboxes
}

// check finds fault with an answer, so that nobody gains by errors.
func (q question) check(status int, answer []byte) error {
	if status != 200 {
		return fmt.Errorf("status %d: %.300s", status, answer)
	}
	if q.answer != nil && !bytes.Equal(answer, q.answer) {
		return fmt.Errorf("the answer is not the expected one: %.300s", answer)
	}
	if n := bytes.Count(answer, []byte(`ResponseClass="Success"`)); n != q.mailboxes {
		return fmt.Errorf("%d calendars for %d mailboxes: %.300s", n, q.mailboxes, answer)
	}
	return nil
}

// caller is the Exchange 2010 server in whose words all questions are asked.
type caller struct {
	forest.Caller
	authorization string
}

// newCaller logs on with Basic in each request, unasked: of all ways that cost
// something each time it is the one that needs no domain controller.
func newCaller(o *forest.Organization) *caller {
	zone, _ := forest.ZoneByID("W. Europe Standard Time")
	c := &caller{Caller: forest.Caller{Zone: zone}}
	c.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(o.User+":"+string(o.Password)))
	return c
}

// ask writes the request for that question.
func (c *caller) ask(q forest.Question) question { return c.post(c.Document(q), len(q.Mailboxes)) }

// post writes the request with that document. It leaves out Expect:
// 100-continue, which costs every server the same.
func (c *caller) post(document []byte, mailboxes int) question {
	head := fmt.Sprintf("POST %s HTTP/1.1\r\n"+
		"User-Agent: ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003\r\n"+
		"Content-Type: text/xml; charset=utf-8\r\n"+
		"SOAPAction: \"http://schemas.microsoft.com/exchange/services/2006/messages/GetUserAvailability\"\r\n"+
		"Authorization: %s\r\n"+
		"Host: localhost\r\nContent-Length: %d\r\n\r\n", forest.Path, c.authorization, len(document))
	return question{wire: append([]byte(head), document...), mailboxes: mailboxes}
}

// week is a question about so many people, from the given one on, for the week
// that holds the most.
func week(t *forest.Truth, from, people int) forest.Question {
	q := forest.Question{From: t.Week, To: t.Week.AddDate(0, 0, 7)}
	for i := range people {
		q.Mailboxes = append(q.Mailboxes, address(t, from+i))
	}
	return q
}

// serialized are questions about one person in which everything differs that
// does in real ones: the message id, the user with the SIDs of 500 groups, and a
// window that begins when the question is asked.
func (c *caller) serialized(t *forest.Truth, n int) []question {
	var all []question
	for i := range n {
		asking := forest.Caller{Zone: c.Zone, SecurityContext: &forest.SecurityContext{
			UserSID:            fmt.Sprintf("S-1-5-21-1004336348-1177238915-682003330-%d", 10_000+i),
			PrimarySMTPAddress: fmt.Sprintf("user%d@contoso.example", i),
		}}
		for group := range 500 {
			asking.SecurityContext.GroupSIDs = append(asking.SecurityContext.GroupSIDs,
				fmt.Sprintf("S-1-5-21-1004336348-1177238915-682003330-%d", 20_000+500*i+group))
		}
		q := week(t, 0, 1)
		q.From = q.From.Add(9*time.Hour + time.Duration(i)*time.Second)
		id := fmt.Sprintf(`<soap:Header><MessageID xmlns="http://www.w3.org/2005/08/addressing">urn:uuid:00000000-0000-4000-8000-%012d</MessageID>`, i)
		document := bytes.Replace(asking.Document(q), []byte("<soap:Header>"), []byte(id), 1)
		all = append(all, c.post(document, 1))
	}
	return all
}
