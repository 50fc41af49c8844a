package ews

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// recordings are requests of six clients as they came over the wire, head and
// body, without their credentials.
func recordings(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/requests/*.request.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	found := map[string][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimSuffix(filepath.Base(file), ".request.txt")] = data
	}
	return found
}

// TestRecordedRequests sends every recording through a socket to the Handler
// and reads the answer as its client would.
func TestRecordedRequests(t *testing.T) {
	schema := validated(t)
	server := httptest.NewServer(&Handler{Source: people{"alice@contoso.example": annas(), "room1@contoso.example": annas()}, ServerName: "fb", Log: quiet})
	defer server.Close()
	for name, recording := range recordings(t) {
		t.Run(name, func(t *testing.T) {
			response, body := exchange(t, server.Listener.Addr().String(), recording)
			if response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/xml; charset=utf-8" {
				t.Fatalf("got %s, %q: %s", response.Status, response.Header.Get("Content-Type"), body)
			}
			answer := read(t, bytes.NewReader(body))
			addresses := addressesIn(recording)
			if len(answer.Responses) != len(addresses) {
				t.Fatalf("got %d responses for %v", len(answer.Responses), addresses)
			}
			for i, address := range addresses {
				code := "NoError"
				if strings.HasPrefix(address, "nobody@") {
					code = "ErrorMailRecipientNotFound"
				}
				if got := answer.Responses[i].Message.Code; got != code {
					t.Errorf("%s: got %s, want %s", address, got, code)
				}
			}
			if wanted := bytes.Contains(recording, []byte("SuggestionsViewOptions")); (answer.Suggestions != nil) != wanted {
				t.Errorf("has a SuggestionsResponse: %t, want %t", answer.Suggestions != nil, wanted)
			}
			schema.add(t, body)
		})
	}
}

// exchange writes a request as it was recorded and returns the final answer.
func exchange(t *testing.T, address string, recording []byte) (*http.Response, []byte) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.Write(recording); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, nil)
	for err == nil && response.StatusCode == http.StatusContinue {
		response, err = http.ReadResponse(reader, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

// addressesIn looks for the mailboxes in the plainest way.
func addressesIn(recording []byte) (addresses []string) {
	for _, rest := range strings.Split(string(recording), "Address>")[1:] {
		if address, _, _ := strings.Cut(rest, "<"); strings.Contains(address, "@") {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

// TestRecordedQuestions compares what the recordings ask for with
// testdata/requests.golden.
func TestRecordedQuestions(t *testing.T) {
	var b strings.Builder
	all := recordings(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		request, err := readRecording(all[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		fmt.Fprintf(&b, "%s\n%s\n", name, described(request))
	}
	golden(t, "requests.golden", []byte(b.String()))
}

func readRecording(recording []byte) (*request, error) {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(recording)))
	if err != nil {
		return nil, err
	}
	m, err := soap.Read(r.Body, limits)
	if err != nil {
		return nil, err
	}
	return decode(m, r.UserAgent())
}

func described(r *request) string {
	var b strings.Builder
	p := r.Presentation
	fmt.Fprintf(&b, "\twindow %s to %s\n", p.Window.Start.Format(wallClock), p.Window.End.Format(wallClock))
	fmt.Fprintf(&b, "\tzone %s, view %s, slots %v, caller %s\n", describedZone(p.Zone), p.View, p.Interval, p.Generation)
	if s := p.Suggestions; s != nil {
		fmt.Fprintf(&b, "\tsuggestions %s to %s, %v long, %s or better, good to %d %%, at most %d, %d after hours\n", s.Window.Start.Format(wallClock),
			s.Window.End.Format(wallClock), s.Duration, s.MinimumSuggestionQuality, s.GoodThreshold, s.MaximumResultsByDay, s.MaximumNonWorkHourResultsByDay)
	}
	for i, m := range r.Query.Mailboxes {
		fmt.Fprintf(&b, "\t%s %s %+v\n", m.Address, m.RoutingType, r.attendees[i])
	}
	return b.String()
}

func describedZone(z freebusy.TimeZone) string {
	if !z.Switches() {
		return fmt.Sprintf("%d without daylight time", z.Bias+z.Standard.Bias)
	}
	return fmt.Sprintf("%d, standard %+v, daylight %+v", z.Bias, z.Standard, z.Daylight)
}
