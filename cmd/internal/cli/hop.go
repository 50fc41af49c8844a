package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"availproxy/cmd/internal/telemetry"
)

// hopResult is one step of the path. For people there is more to it: how deep
// it lies in others and what is worth knowing at a glance.
type hopResult struct {
	Name  string  `json:"name"`
	MS    float64 `json:"ms"`
	depth int
	about string
}

// Of the question itself it is known where it went and what came back.
const question = "availability.query"

var ofHTTP = []string{"server.address", "http.response.status_code"}

// shownAttributes of a span are worth a place beside its name.
var shownAttributes = []string{
	"availproxy.cache", "availproxy.forest", "availproxy.backend", "availproxy.discovery.cache", "availproxy.auth_server",
	"server.address", "http.response.status_code",
}

func newHop(h telemetry.Hop) hopResult {
	r := hopResult{Name: h.Name, MS: milliseconds(h.Duration), depth: h.Depth}
	for _, key := range shownAttributes {
		if value := h.Attributes[key]; value != "" && !(h.Name == question && slices.Contains(ofHTTP, key)) {
			r.about += fmt.Sprintf("  %s=%s", key[strings.LastIndex(key, ".")+1:], value)
		}
	}
	if h.Err != "" {
		r.about += "  error: " + h.Err
	}
	return r
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// printPath writes hops as an indented list with their times.
func printPath(w io.Writer, hops []hopResult) error {
	var b strings.Builder
	for _, h := range hops {
		fmt.Fprintf(&b, "%10.1f ms  %s%s%s\n", h.MS, strings.Repeat("  ", h.depth), h.Name, h.about)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
