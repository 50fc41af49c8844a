package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"

	"availproxy/cmd/internal/capture"
	"availproxy/cmd/internal/telemetry"
	"availproxy/freebusy"
)

// wireLog writes what goes over the wire into the log, redacted, while its level says
// so. It changes nothing on the way.
type wireLog struct {
	log      *slog.Logger
	redactor capture.Redactor
}

func newWireLog(log *slog.Logger, pseudonyms freebusy.Pseudonyms) *wireLog {
	said := telemetry.Discretion(func(text string) string { return pseudonyms.Mask(text, nil) }).Hide
	alias := func(address string) string { return pseudonyms.Of(freebusy.SMTP(address)) }
	return &wireLog{log, capture.NewRedactor(alias, said)}
}

// maxWireBody is as much of a body as is shown.
const maxWireBody = 256 << 10

func (l *wireLog) enabled(ctx context.Context) bool { return l.log.Enabled(ctx, telemetry.LevelWire) }

// inbound shows what asks us and how it is answered.
func (l *wireLog) inbound(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !l.enabled(r.Context()) {
			next.ServeHTTP(w, r)
			return
		}
		asked := &overheard{ReadCloser: r.Body}
		head := r.Header.Clone()
		r = r.WithContext(r.Context()) // a handler must not change its request
		r.Body = asked
		answer := &overheardWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			l.request(r.Context(), "inbound", r, head, asked.kept.Bytes())
			l.answer(r.Context(), "inbound", r, answer.status, w.Header(), answer.kept.Bytes())
		}()
		next.ServeHTTP(answer, r)
	})
}

// outbound shows what we ask others and how they answer.
func (l *wireLog) outbound(base http.RoundTripper) http.RoundTripper { return wired{base, l} }

type wired struct {
	http.RoundTripper
	log *wireLog
}

// RoundTrip implements [http.RoundTripper].
func (w wired) RoundTrip(r *http.Request) (*http.Response, error) {
	if !w.log.enabled(r.Context()) {
		return w.RoundTripper.RoundTrip(r)
	}
	w.log.request(r.Context(), "outbound", r, r.Header, bodyOf(r))
	resp, err := w.RoundTripper.RoundTrip(r)
	if err != nil {
		w.log.log.LogAttrs(r.Context(), telemetry.LevelWire, "wire no answer", slog.String("direction", "outbound"), slog.String("url", w.log.redactor.URL(r.URL)), slog.Any("err", err))
		return nil, err
	}
	heard := &overheard{ReadCloser: resp.Body}
	heard.ended = func() {
		w.log.answer(r.Context(), "outbound", r, resp.StatusCode, resp.Header, heard.kept.Bytes())
	}
	resp.Body = heard
	return resp, nil
}

// bodyOf is a copy of what r sends. Everybody here sends bodies that can be had again.
func bodyOf(r *http.Request) []byte {
	if r.GetBody == nil {
		return nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil
	}
	defer body.Close()
	sent, _ := io.ReadAll(io.LimitReader(body, maxWireBody)) // it comes out of memory
	return sent
}

func (l *wireLog) request(ctx context.Context, direction string, r *http.Request, head http.Header, body []byte) {
	to := l.redactor.URL(r.URL)
	if direction == "inbound" {
		to = r.URL.EscapedPath()
	}
	l.log.LogAttrs(ctx, telemetry.LevelWire, "wire request", slog.String("direction", direction), slog.String("method", r.Method),
		slog.String("url", to), l.head(head), slog.String("body", l.redactor.Body(head, body)))
}

func (l *wireLog) answer(ctx context.Context, direction string, r *http.Request, status int, head http.Header, body []byte) {
	to := l.redactor.URL(r.URL)
	if direction == "inbound" {
		to = r.URL.EscapedPath()
	}
	l.log.LogAttrs(ctx, telemetry.LevelWire, "wire answer", slog.String("direction", direction), slog.Int("status", status),
		slog.String("url", to), l.head(head), slog.String("body", l.redactor.Body(head, body)))
}

// head is a list of fields, in alphabetical order.
func (l *wireLog) head(head http.Header) slog.Attr {
	var fields []string
	for _, name := range slices.Sorted(maps.Keys(head)) {
		for _, value := range head[name] {
			fields = append(fields, name+": "+l.redactor.Field(name, value))
		}
	}
	return slog.Any("head", fields)
}

// overheard is a body of which the beginning is kept. ended is called once, when it
// has been read or closed.
type overheard struct {
	io.ReadCloser
	kept  bytes.Buffer
	once  sync.Once
	ended func() // nil: nobody waits
}

// Read implements [io.Reader].
func (o *overheard) Read(p []byte) (n int, err error) {
	n, err = o.ReadCloser.Read(p)
	o.kept.Write(p[:min(n, maxWireBody-o.kept.Len())])
	if err != nil {
		o.end()
	}
	return n, err
}

// Close implements [io.Closer].
func (o *overheard) Close() error {
	o.end()
	return o.ReadCloser.Close()
}

func (o *overheard) end() {
	if o.ended != nil {
		o.once.Do(o.ended)
	}
}

// overheardWriter keeps the beginning of an answer.
type overheardWriter struct {
	http.ResponseWriter
	status int
	kept   bytes.Buffer
}

// WriteHeader implements [http.ResponseWriter].
func (w *overheardWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *overheardWriter) Write(p []byte) (int, error) {
	w.kept.Write(p[:min(len(p), maxWireBody-w.kept.Len())])
	return w.ResponseWriter.Write(p)
}

// Unwrap is for [http.ResponseController].
func (w *overheardWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
