package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/pprof"
	"strings"

	"availproxy/cmd/internal/history"
)

// Admin holds what the pages ask. The zero value of a field leaves its page
// out; Status and Metrics must be set.
type Admin struct {
	Version  string
	Status   func() Status
	NotReady func() []string                                     // what keeps us from serving; empty = ready
	Reload   func(context.Context) (restart []string, err error) // restart: the keys that take effect at the next start
	Purge    Purger
	LogLevel *LogLevel // nil where it cannot be changed
	Queries  func() history.Document
	Query    func(id string) (s history.Story, known bool)
	Metrics  http.Handler
	Ask      Asker
	Allowed  func() bool                     // whether look-ups may be made; nil is no
	Hosts    func() []string                 // names in Host besides localhost and IP addresses
	Protect  func(http.Handler) http.Handler // asks for credentials; nil on loopback
}

// Handler serves every page of the operator's listener. A request for a host
// that it does not know is answered 421, so that no page of another site can
// reach it by pointing its own name here.
func (a *Admin) Handler() http.Handler {
	mux := a.probes()
	mux.HandleFunc("GET /{$}", a.status)
	mux.HandleFunc("GET /style.css", file("style.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /icon.svg", file("icon.svg", "image/svg+xml"))
	mux.HandleFunc("GET /lookup", a.showLookup)
	mux.HandleFunc("POST /lookup", a.lookup)
	mux.HandleFunc("POST /-/reload", a.reload)
	mux.HandleFunc("POST /-/purge", a.purge)
	if a.LogLevel != nil {
		mux.HandleFunc("GET /-/log-level", a.LogLevel.tell)
		mux.HandleFunc("POST /-/log-level", a.LogLevel.change)
	}
	mux.HandleFunc("GET /queries", a.queries)
	mux.HandleFunc("GET /queries/{id}", a.query)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	handler := http.NewCrossOriginProtection().Handler(mux)
	if a.Protect != nil {
		handler = a.Protect(handler)
	}
	return secured(a.knownHost(handler))
}

// Probes serves only what a load balancer and Prometheus need: no page, no
// change, no personal data.
func (a *Admin) Probes() http.Handler { return secured(a.probes()) }

func (a *Admin) probes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "healthy") })
	mux.HandleFunc("GET /-/ready", a.ready)
	mux.Handle("GET /metrics", a.Metrics)
	return mux
}

// ready answers 503 with the reasons while there are any.
func (a *Admin) ready(w http.ResponseWriter, _ *http.Request) {
	reasons := a.NotReady()
	w.Header().Set("Content-Type", "application/json")
	if len(reasons) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	json.NewEncoder(w).Encode(struct {
		Ready    bool     `json:"ready"`
		NotReady []string `json:"notReady,omitempty"`
	}{len(reasons) == 0, reasons})
}

func (a *Admin) reload(w http.ResponseWriter, r *http.Request) {
	restart, err := a.Reload(r.Context())
	if err != nil {
		http.Error(w, "the configuration in force stays:\n"+err.Error(), http.StatusUnprocessableEntity)
		return
	}
	fmt.Fprintln(w, "reloaded")
	if len(restart) > 0 {
		fmt.Fprintln(w, "needs a restart:", strings.Join(restart, ", "))
	}
}
