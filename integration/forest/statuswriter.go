package forest

import "net/http"

// statusWriter remembers the status of an answer, and calls begin before its
// first byte goes out, so that whoever has read an answer finds the request in
// the Journal.
type statusWriter struct {
	http.ResponseWriter
	begin func(code int)
	code  int
}

// watch returns a writer that adds seen to the Journal when its answer begins.
func (j *Journal) watch(w http.ResponseWriter, seen *Request) *statusWriter {
	return &statusWriter{ResponseWriter: w, begin: func(code int) {
		seen.Status = code
		j.add(*seen)
	}}
}

// done adds the request to the Journal when there was no answer.
func (w *statusWriter) done() {
	if w.code == 0 {
		w.begin(0)
	}
}

// WriteHeader implements [http.ResponseWriter].
func (w *statusWriter) WriteHeader(code int) {
	if w.code == 0 {
		w.code = code
		w.begin(code)
	}
	w.ResponseWriter.WriteHeader(code)
}

// Write implements [http.ResponseWriter].
func (w *statusWriter) Write(p []byte) (int, error) {
	if w.code == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
