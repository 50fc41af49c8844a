package ews_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"availproxy/ews"
	"availproxy/freebusy"
)

// nobody is a Source that knows nobody.
type nobody struct{}

func (nobody) Availability(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i, m := range q.Mailboxes {
		answers[i].Err = &freebusy.Error{Code: freebusy.ErrorMailRecipientNotFound, Text: "There is no " + m.Address + "."}
	}
	return answers, nil
}

func ExampleHandler() {
	server := httptest.NewServer(&ews.Handler{Source: nobody{}, ServerName: "fb.contoso.com", Log: slog.New(slog.DiscardHandler)})
	defer server.Close()

	response, err := http.Post(server.URL, "text/xml; charset=utf-8", strings.NewReader("When is Anna busy?"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	fmt.Println(response.Status, response.Header.Get("Content-Type"))
	// Output: 500 Internal Server Error text/xml; charset=utf-8
}
