package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"availproxy/freebusy"
	"availproxy/freebusy/upstream"
)

// question is what one request asks.
type question struct {
	mailboxes []freebusy.Mailbox
	window    freebusy.Window // in whole seconds, UTC, long enough for one slot
	detail    freebusy.Detail // FreeBusy at least
}

func newQuestion(q freebusy.Query, mailboxes []freebusy.Mailbox) question {
	return question{mailboxes: mailboxes, window: q.Window.Outwards(shortestWindow), detail: max(q.Detail, freebusy.FreeBusy)}
}

// The request body of getSchedule.
type scheduleRequest struct {
	Schedules                []string         `json:"schedules"`
	StartTime                dateTimeTimeZone `json:"startTime"`
	EndTime                  dateTimeTimeZone `json:"endTime"`
	AvailabilityViewInterval int              `json:"availabilityViewInterval"`
}

type dateTimeTimeZone struct {
	DateTime string `json:"dateTime"`
	TimeZone string `json:"timeZone"`
}

func inUTC(t time.Time) dateTimeTimeZone {
	return dateTimeTimeZone{t.Format("2006-01-02T15:04:05"), "UTC"}
}

// newRequest asks in UTC, so that no rule of ours can disagree with one of Graph's
// about an hour that occurs twice, and for slots as long as they may be, since
// nothing is read from them.
func (c *Client) newRequest(ctx context.Context, asked question, anchor string) (*http.Request, error) {
	body := scheduleRequest{
		StartTime: inUTC(asked.window.Start), EndTime: inUTC(asked.window.End),
		AvailabilityViewInterval: int(min(asked.window.Duration(), longestSlot) / time.Minute),
	}
	for _, m := range asked.mailboxes {
		body.Schedules = append(body.Schedules, m.Address)
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	to := strings.TrimSuffix(c.URL, "/") + "/users/" + url.PathEscape(anchor) + "/calendar/getSchedule"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	h := request.Header
	h.Set("Content-Type", "application/json")
	h.Set("Accept", "application/json")
	h.Set("Prefer", `outlook.timezone="UTC"`)
	if c.UserAgent != "" {
		h.Set("User-Agent", c.UserAgent)
	}
	upstream.Label(ctx, h, asked.mailboxes)
	return request, nil
}
