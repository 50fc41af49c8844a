package server_test

import (
	"strings"
	"testing"
	"time"

	"availproxy/integration/forest"
)

// TestATargetThatAllowsFewerDaysThanItsConnectorSays asks oldtimer for 62 days,
// of which it answers 42, as if it were known to answer them all.
func TestATargetThatAllowsFewerDaysThanItsConnectorSays(t *testing.T) {
	c := newCourt(t, time.Now(), replace(t, "    maximum_query_interval_days: 42\n", ""))
	for range 5 { // more than a breaker takes
		long := c.answer(t, 62)
		if long.Code != "ErrorProxyRequestProcessingFailed" || !strings.Contains(long.Text, "The allowed limit = 42 days") {
			t.Errorf("62 days: got %s %s", long.Code, long.Text)
		}
		if short := c.answer(t, 7); short.Code != "NoError" {
			t.Errorf("7 days: got %s %s", short.Code, short.Text)
		}
	}
	if n := strings.Count(c.log.String(), "the endpoint finds a question too long"); n != 1 {
		t.Errorf("the log names the remedy %d times, want once:\n%s", n, c.log)
	}
}

// answer is what an Exchange 2010 learns about someone of oldtimer.
func (c *court) answer(t *testing.T, days int) forest.MailboxReply {
	t.Helper()
	from := c.forest.Truth.Week
	reply, err := c.by(asker{generation: forest.Exchange2010}).Ask(t.Context(), forest.Question{
		Mailboxes: []string{"alice@" + oldtimer}, From: from, To: from.AddDate(0, 0, days),
	})
	if err != nil {
		t.Fatal(err)
	}
	return reply.Mailboxes[0]
}
