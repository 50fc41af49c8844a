package forest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// graphServer serves g over HTTP and sends one question for alice, bob and chen.
func graphServer(t *testing.T, g *Graph) (ask func() (*http.Response, []byte, error)) {
	t.Helper()
	server := httptest.NewServer(g)
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(server.Close)
	t.Cleanup(transport.CloseIdleConnections)
	return func() (*http.Response, []byte, error) {
		url := server.URL + strings.TrimPrefix(anchored, "https://graph.fabrikam.example")
		response, err := transport.RoundTrip(getSchedule(url, week, week.AddDate(0, 0, 1), "alice@fabrikam.example", "bob@fabrikam.example", "chen@fabrikam.example"))
		if err != nil {
			return nil, nil, err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return response, body, err
	}
}

func TestFaultsOfGraphTakeThePlaceOfAnAnswer(t *testing.T) {
	tests := map[string]struct {
		faults             Faults
		status             int
		code               string // of a JSON error
		retryAfter, within string // header, and text in a page
	}{
		"throttled":           {Faults{Busy: true, BackOff: 30 * time.Second}, 429, "ApplicationThrottled", "30", ""},
		"throttled by status": {Faults{Status: 429, RetryAfter: time.Minute}, 429, "ApplicationThrottled", "60", ""},
		"throttled for ever":  {Faults{Status: 429}, 429, "ApplicationThrottled", "", ""},
		"unavailable":         {Faults{Status: 503, RetryAfter: 2 * time.Second}, 503, "serviceNotAvailable", "2", ""},
		"too late":            {Faults{Status: 504}, 504, "UnknownError", "", ""},
		"broken":              {Faults{Status: 500}, 500, "ErrorInternalServerError", "", ""},
		"token refused":       {Faults{Status: 401}, 401, "InvalidAuthenticationToken", "", ""},
		"forbidden":           {Faults{Status: 403}, 403, "ErrorAccessDenied", "", ""},
		"a page":              {Faults{HTML: true}, 200, "", "", "Sign in"},
		"a page of a gateway": {Faults{Status: 502, Page: "<html>Bad gateway</html>"}, 502, "", "", "Bad gateway"},
		"redirected":          {Faults{Redirect: "https://evil.example/"}, 302, "", "", ""},
		"garbage":             {Faults{Garbage: true}, 200, "", "", "<<<"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := seededGraph()
			ask := graphServer(t, g)
			tt.faults.Times = 1
			g.Faults.Set(tt.faults)
			response, body, err := ask()
			if err != nil {
				t.Fatal(err)
			}
			var answer graphAnswer
			if json.Unmarshal(body, &answer); answer.Error.Code != tt.code || response.StatusCode != tt.status || response.Header.Get("Retry-After") != tt.retryAfter {
				t.Errorf("status %d, headers %v, %s", response.StatusCode, response.Header, body)
			}
			if !strings.Contains(string(body), tt.within) {
				t.Errorf("answered %s", body)
			}
			if response, _, err := ask(); err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("healthy again, it answered %v, %v", response, err)
			}
		})
	}
}

func TestAnswersOfGraphThatBreakOff(t *testing.T) {
	tests := map[string]struct {
		faults Faults
		want   func([]byte, error) bool
	}{
		"reset":     {Faults{Reset: true}, func(_ []byte, err error) bool { return err != nil }},
		"cut":       {Faults{Cut: true}, func(_ []byte, err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		"truncated": {Faults{Truncated: true}, func(body []byte, err error) bool { return err == nil && !json.Valid(body) }},
		"changed": {Faults{Override: func([]byte) []byte { return []byte(`{"value": null}`) }}, func(body []byte, err error) bool {
			return err == nil && string(body) == `{"value": null}`
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := seededGraph()
			ask := graphServer(t, g)
			g.Faults.Set(tt.faults)
			if _, body, err := ask(); !tt.want(body, err) {
				t.Errorf("answered %.80s, %v", body, err)
			}
		})
	}
}

// TestSchedulesThatDoNotFit has schedules in another order, too few, too many, and
// about somebody else.
func TestSchedulesThatDoNotFit(t *testing.T) {
	const alice, bob, chen = "alice@fabrikam.example", "bob@fabrikam.example", "chen@fabrikam.example"
	tests := map[string]struct {
		faults Faults
		want   []string
	}{
		"healthy":                {Faults{}, []string{alice, bob, chen}},
		"reversed":               {Faults{Reverse: true}, []string{chen, bob, alice}},
		"missing":                {Faults{Missing: 2}, []string{alice}},
		"none":                   {Faults{Missing: 3}, nil},
		"extra":                  {Faults{Extra: 2}, []string{alice, bob, chen, alice, alice}},
		"a stranger's":           {Faults{Renamed: map[string]string{bob: "who@else.example"}}, []string{alice, "who@else.example", chen}},
		"in another case":        {Faults{Renamed: map[string]string{bob: "BOB@fabrikam.example"}}, []string{alice, "BOB@fabrikam.example", chen}},
		"one twice, one missing": {Faults{Renamed: map[string]string{bob: chen}}, []string{alice, chen, chen}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := seededGraph()
			g.Faults.Set(tt.faults)
			_, answer := askGraph(t, g, getSchedule(anchored, week, week.AddDate(0, 0, 1), alice, bob, chen))
			var got []string
			for _, s := range answer.Value {
				got = append(got, s.ScheduleID)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("the schedules are about %v, want %v", got, tt.want)
			}
		})
	}
}

func TestErrorsForSingleSchedules(t *testing.T) {
	g := seededGraph()
	g.Faults.Set(Faults{Mailbox: map[string]MailboxFault{
		"alice@fabrikam.example": {Code: "ErrorProxyRequestProcessingFailed", Text: "Unable to reach it.", Number: 5016},
		"bob@fabrikam.example":   {Code: "ErrorMailboxMoveInProgress", Text: "It moves."},
	}})
	w, answer := askGraph(t, g, getSchedule(anchored, week, week.AddDate(0, 0, 1), "alice@fabrikam.example", "bob@fabrikam.example", "chen@fabrikam.example", "ceo@fabrikam.example"))
	var codes []string
	for _, s := range answer.Value {
		if s.Error == nil {
			codes = append(codes, "")
			continue
		}
		codes = append(codes, s.Error.ResponseCode)
	}
	if want := []string{"5016", "ErrorMailboxMoveInProgress", "", "5037"}; w.Code != http.StatusOK || !slices.Equal(codes, want) {
		t.Errorf("status %d, codes %v, want %v", w.Code, codes, want)
	}
}

func TestAnswersOfGraphInPiecesAndCompressed(t *testing.T) {
	g := seededGraph()
	ask := graphServer(t, g)
	_, plain, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	g.Faults.Set(Faults{Chunked: true})
	response, body, err := ask()
	if err != nil || !bytes.Equal(body, plain) || response.ContentLength != -1 || !slices.Equal(response.TransferEncoding, []string{"chunked"}) {
		t.Errorf("in pieces: %v, %v, as before: %v", response, err, bytes.Equal(body, plain))
	}
	g.Faults.Set(Faults{Gzip: true, Chunked: true})
	response, body, err = ask()
	if err != nil || response.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("compressed: %v, %v", response, err)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(z); err != nil || !bytes.Equal(unpacked, plain) {
		t.Errorf("compressed and unpacked, it is another answer, or %v", err)
	}
}

func TestGraphCompressesWhenAsked(t *testing.T) {
	r := getSchedule(anchored, week, week.AddDate(0, 0, 1), "alice@fabrikam.example")
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	seededGraph().ServeHTTP(w, r)
	if w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("headers %v", w.Header())
	}
}

func TestFaultsOfGraphThatStrikeSomeQuestions(t *testing.T) {
	g := seededGraph()
	g.Faults.Set(Faults{Only: []string{"BOB@fabrikam.example"}, Status: 503})
	for address, want := range map[string]int{"alice@fabrikam.example": 200, "bob@fabrikam.example": 503} {
		if w, _ := askGraph(t, g, getSchedule(anchored, week, week.AddDate(0, 0, 1), address)); w.Code != want {
			t.Errorf("%s: status %d, want %d", address, w.Code, want)
		}
	}
	if g.Faults.Hits() != 1 {
		t.Errorf("%d requests were struck, want 1", g.Faults.Hits())
	}
}
