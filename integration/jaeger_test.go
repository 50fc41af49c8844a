package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// jaeger is a back end for traces that others wrote, a process of its own.
type jaeger struct {
	otlp  string // where it takes traces, for OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
	query string // where it gives them back
	log   bytes.Buffer
}

// jaegerSpan is a span as Jaeger tells of it.
type jaegerSpan struct {
	ID         string      `json:"spanID"`
	Name       string      `json:"operationName"`
	Start      int64       `json:"startTime"` // µs
	References []reference `json:"references"`
	Tags       []tag       `json:"tags"`
}

// reference is a parent, or, as FOLLOWS_FROM, a link.
type reference struct {
	Type  string `json:"refType"`
	Trace string `json:"traceID"`
	Span  string `json:"spanID"`
}

type tag struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// startJaeger runs Jaeger until the test ends, with what it is given in memory.
func startJaeger(t *testing.T) *jaeger {
	t.Helper()
	program := os.Getenv("AVAILPROXY_JAEGER")
	if program == "" {
		missing(t, "Jaeger (go -C integration/jaeger build -o FILE github.com/jaegertracing/jaeger/cmd/all-in-one, AVAILPROXY_JAEGER says where)")
	}
	free := freeAddresses(t, 7)
	j := &jaeger{otlp: "http://" + free[0] + "/v1/traces", query: "http://" + free[1]}
	ctx, cancel := context.WithCancel(context.Background())
	process := exec.CommandContext(ctx, program,
		"--collector.otlp.http.host-port="+free[0], "--query.http-server.host-port="+free[1],
		"--collector.otlp.grpc.host-port="+free[2], "--collector.grpc-server.host-port="+free[3],
		"--collector.http-server.host-port="+free[4], "--query.grpc-server.host-port="+free[5],
		"--admin.http.host-port="+free[6])
	process.Env = append(os.Environ(), "OTEL_TRACES_SAMPLER=always_off") // it would trace itself
	process.Stdout, process.Stderr = &j.log, &j.log
	if err := process.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		process.Wait() // it was killed
		if t.Failed() {
			t.Logf("Jaeger said:\n%s", &j.log)
		}
	})
	j.await(t, "/api/services")
	return j
}

// freeAddresses are on loopback, and stay free until somebody else takes them.
func freeAddresses(t *testing.T, n int) (free []string) {
	t.Helper()
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		free = append(free, listener.Addr().String())
	}
	return free
}

// await asks until there is an answer, which comes a moment after what it is about.
func (j *jaeger) await(t *testing.T, path string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		status, body, err := j.get(ctx, path)
		if err == nil && status == http.StatusOK {
			return body
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("Jaeger has no answer at %s: %d %s %v", path, status, body, err)
		}
	}
}

func (j *jaeger) get(ctx context.Context, path string) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, j.query+path, nil)
	if err != nil {
		return 0, nil, err
	}
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// trace waits for the trace of that id.
func (j *jaeger) trace(t *testing.T, id string) jaegerTrace {
	t.Helper()
	var answer struct {
		Data []struct {
			Spans []jaegerSpan `json:"spans"`
		} `json:"data"`
	}
	if body := j.await(t, "/api/traces/"+id); json.Unmarshal(body, &answer) != nil || len(answer.Data) != 1 {
		t.Fatalf("Jaeger says of trace %s: %s", id, body)
	}
	return jaegerTrace(answer.Data[0].Spans)
}

// knows reports whether any span of that trace has come.
func (j *jaeger) knows(t *testing.T, id string) bool {
	t.Helper()
	status, body, err := j.get(t.Context(), "/api/traces/"+id)
	if err != nil || status != http.StatusOK && status != http.StatusNotFound {
		t.Fatalf("Jaeger says of trace %s: %d %s %v", id, status, body, err)
	}
	return status == http.StatusOK
}

type jaegerTrace []jaegerSpan

// paths are the names of the spans behind those of all that enclose them, each
// once.
func (spans jaegerTrace) paths() (all []string) {
	for _, s := range spans {
		all = append(all, spans.path(s))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// errors are the paths of the spans that failed.
func (spans jaegerTrace) errors() (all []string) {
	for _, s := range spans {
		if s.tag("error") == "true" {
			all = append(all, spans.path(s)+": "+s.tag("error.type"))
		}
	}
	return all
}

func (spans jaegerTrace) path(s jaegerSpan) string {
	for _, r := range s.References {
		if r.Type != "CHILD_OF" {
			continue
		}
		at := slices.IndexFunc(spans, func(p jaegerSpan) bool { return p.ID == r.Span })
		if at < 0 {
			return "(lost) " + s.Name
		}
		return spans.path(spans[at]) + " > " + s.Name
	}
	return s.Name
}

// named is the last span of that name to start.
func (spans jaegerTrace) named(t *testing.T, name string) (last jaegerSpan) {
	t.Helper()
	for _, s := range spans {
		if s.Name == name && s.Start >= last.Start {
			last = s
		}
	}
	if last.ID == "" {
		t.Fatalf("there is no span %s in %q", name, spans.paths())
	}
	return last
}

// tag is what the span says under that key, "" when it is not there.
func (s jaegerSpan) tag(key string) string {
	for _, t := range s.Tags {
		if t.Key == key {
			return strings.TrimSuffix(fmt.Sprint(t.Value), ".0")
		}
	}
	return ""
}

// links are the traces that the span points to.
func (s jaegerSpan) links() (traces []string) {
	for _, r := range s.References {
		if r.Type == "FOLLOWS_FROM" {
			traces = append(traces, r.Trace)
		}
	}
	return traces
}
