package server

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// requests times what comes to the door of Exchange, by the semantic conventions
// of OpenTelemetry for HTTP servers. Callers choose paths, methods and hosts, so
// that only those that we know become attributes. It goes on over reloads.
type requests struct {
	duration metric.Float64Histogram
	writers  sync.Pool // of *statusWriter

	mu    sync.RWMutex // guards known
	known map[request][]metric.RecordOption
}

// request is what is told of one.
type request struct {
	method, route string
	secure        bool
	status        int // 0: the connection was taken over
}

func newRequests() (*requests, error) {
	duration, err := otel.Meter("availproxy/server").Float64Histogram("http.server.request.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of HTTP server requests."),
		metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10))
	return &requests{duration: duration, writers: sync.Pool{New: func() any { return &statusWriter{} }}, known: map[request][]metric.RecordOption{}}, err
}

// time has serve answer r on route, which is "" for one that we do not have.
func (q *requests) time(w http.ResponseWriter, r *http.Request, route string, serve http.Handler) {
	began := time.Now()
	watched := q.writers.Get().(*statusWriter)
	watched.ResponseWriter, watched.status = w, 0
	defer func() {
		took := time.Since(began)
		q.duration.Record(r.Context(), took.Seconds(), q.attributes(request{method(r.Method), route, r.TLS != nil, watched.status})...)
		watched.ResponseWriter = nil
		q.writers.Put(watched)
	}()
	serve.ServeHTTP(watched, r)
}

// attributes are made once for each kind of request.
func (q *requests) attributes(of request) []metric.RecordOption {
	q.mu.RLock()
	made, ok := q.known[of]
	q.mu.RUnlock()
	if ok {
		return made
	}
	scheme := "http"
	if of.secure {
		scheme = "https"
	}
	all := []attribute.KeyValue{attribute.String("http.request.method", of.method), attribute.String("url.scheme", scheme)}
	if of.route != "" {
		all = append(all, attribute.String("http.route", of.route))
	}
	if of.status != 0 {
		all = append(all, attribute.Int("http.response.status_code", of.status))
	}
	made = []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(all...))}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.known[of] = made
	return made
}

// method is _OTHER for what is no method of HTTP, as the conventions have it.
func method(said string) string {
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}, said) {
		return said
	}
	return "_OTHER"
}

// statusWriter notes the status of the answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
