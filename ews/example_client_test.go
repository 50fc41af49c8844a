package ews_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"availproxy/ews"
	"availproxy/freebusy"
)

func ExampleClient() {
	exchange := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		http.ServeFile(w, r, "testdata/upstream/exchange2010.xml")
	}))
	defer exchange.Close()

	client := &ews.Client{URL: exchange.URL + "/EWS/Exchange.asmx", Timeout: 5 * time.Second}
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	answers, _ := client.Availability(context.Background(), freebusy.Query{
		Mailboxes: []freebusy.Mailbox{
			freebusy.SMTP("li.na@contoso.example"), freebusy.SMTP("nobody@contoso.example"),
			freebusy.SMTP("room7@contoso.example"), freebusy.SMTP("ben@contoso.example"),
		},
		Window: freebusy.Window{Start: monday, End: monday.AddDate(0, 0, 3)},
	})
	for _, a := range answers {
		if a.Err != nil {
			fmt.Println(a.Err)
			continue
		}
		for _, e := range a.Calendar.Events {
			fmt.Println(e.Start.Format(time.DateTime), e.End.Sub(e.Start), e.Busy)
		}
	}
	// Output:
	// 2026-11-23 01:00:00 1h0m0s Busy
	// 2026-11-23 03:30:00 1h30m0s Tentative
	// 2026-11-24 00:00:00 24h0m0s OOF
	// 2026-11-25 06:00:00 15m0s Free
	// ErrorNoFreeBusyAccess: The caller does not have access to free/busy data.
	// 2026-11-23 02:00:00 2h0m0s Busy
	// 2026-11-23 13:00:00 2h0m0s Busy
}
