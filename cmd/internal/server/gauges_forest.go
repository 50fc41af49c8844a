package server

import (
	"time"

	"go.opentelemetry.io/otel/attribute"

	"availproxy/cmd/internal/admin"
	"availproxy/cmd/internal/config"
)

func forestOf(connector string) attribute.KeyValue { return attribute.String("forest", connector) }

// readForestsUp says of each forest what the status page says. One of which
// nothing is known yet counts as up.
func readForestsUp(_ *Server, w *wiring, _ time.Time, observe observe) {
	for _, d := range w.directory.Snapshot() {
		observe(truth(w.forestStatus(w.forests[d.Connector], d).Health != admin.Down), forestOf(d.Connector))
	}
}

func readForestsInFlight(_ *Server, w *wiring, _ time.Time, observe observe) {
	for name, f := range w.forests {
		sum := 0
		for _, guard := range f.guards() {
			sum += guard.State().InFlight
		}
		observe(int64(sum), forestOf(name))
	}
}

func readForestsLimit(_ *Server, w *wiring, _ time.Time, observe observe) {
	for name, f := range w.forests {
		observe(int64(f.connector.MaxConcurrency), forestOf(name))
	}
}

// readBackends names the back end that answers, and with 0 the other one, which a
// connector with backend auto may leave for it some day.
func readBackends(_ *Server, w *wiring, _ time.Time, observe observe) {
	for name, f := range w.forests {
		for backend, active := range map[config.Backend]bool{config.EWSBackend: !f.asksGraphNow(), config.GraphBackend: f.asksGraphNow()} {
			observe(truth(active), forestOf(name), attribute.String("backend", string(backend)))
		}
	}
}
