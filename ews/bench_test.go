package ews

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"availproxy/freebusy"
)

// BenchmarkHandler asks for people whose answers are at hand, and, beside it, a
// plain handler that has the same bytes ready: the difference is ours.
func BenchmarkHandler(b *testing.B) {
	for _, n := range []int{1, 20, 100} {
		addresses := make([]string, n)
		for i := range addresses {
			addresses[i] = fmt.Sprintf("user%d@contoso.com", i)
		}
		document := ask(addresses...).window("2026-11-23T00:00:00", "2026-11-30T00:00:00").document()
		h := &Handler{Source: known(addresses), ServerName: "fb.contoso.com", AnswerTimeout: 8 * time.Second, Log: quiet}
		ready := post(h, document).Body.Bytes()
		b.Run(fmt.Sprintf("handler/%d", n), func(b *testing.B) { benchmark(b, h, document) })
		b.Run(fmt.Sprintf("bare/%d", n), func(b *testing.B) { benchmark(b, bare(ready), document) })
	}
}

// bare reads the question and returns the answer.
func bare(ready []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", strconv.Itoa(len(ready)))
		w.Write(ready)
	})
}

// known has a calendar of a usual week for each address, ready in order.
func known(addresses []string) freebusy.Source {
	answers := make([]freebusy.Answer, len(addresses))
	for i := range answers {
		c := &freebusy.Calendar{Detail: freebusy.FreeBusy, Known: freebusy.Window{Start: at(-168), End: at(336)}}
		for hour := range 40 {
			start := at(float64(24*(hour/8) + 9 + hour%8))
			c.Events = append(c.Events, freebusy.Event{Start: start, End: start.Add(30 * time.Minute), Busy: freebusy.BusyType(hour % 4)})
		}
		answers[i].Calendar = c
	}
	return source(func(context.Context, freebusy.Query) ([]freebusy.Answer, error) { return answers, nil })
}

func benchmark(b *testing.B, h http.Handler, document string) {
	server := httptest.NewServer(h)
	defer server.Close()
	client := server.Client()
	b.ReportAllocs()
	for b.Loop() {
		response, err := client.Post(server.URL, contentType, strings.NewReader(document))
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			b.Fatalf("got %s, %v", response.Status, err)
		}
		b.SetBytes(n)
	}
}

// BenchmarkServeHTTP is the Handler without a server or a client around it.
func BenchmarkServeHTTP(b *testing.B) {
	for _, n := range []int{1, 20, 100} {
		addresses := make([]string, n)
		for i := range addresses {
			addresses[i] = fmt.Sprintf("user%d@contoso.com", i)
		}
		document := ask(addresses...).window("2026-11-23T00:00:00", "2026-11-30T00:00:00").document()
		for name, general := range map[string]bool{"fast": false, "general": true} {
			h := &Handler{Source: known(addresses), ServerName: "fb.contoso.com", AnswerTimeout: 8 * time.Second, Log: quiet, General: general}
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) { serve(b, h, document) })
		}
	}
}

// serve asks h again and again with a request that costs nothing.
func serve(b *testing.B, h http.Handler, document string) {
	body := strings.NewReader(document)
	r := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", io.NopCloser(body))
	r.ContentLength = int64(len(document))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("User-Agent", "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003")
	w := nowhere{}
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(document)
		h.ServeHTTP(w, r)
	}
}

// nowhere takes an answer and forgets it.
type nowhere http.Header

func (n nowhere) Header() http.Header         { return http.Header(n) }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(status int)      { panic(status) }
