package server

import (
	"context"
	"runtime"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// gauge is a metric of how things are. It is read when somebody collects, from the
// configuration in force then. What a configuration does not have has no value.
type gauge struct {
	name, unit, description string
	read                    func(s *Server, w *wiring, now time.Time, observe observe)
}

// observe takes a value with its attributes, of which there are only so many: names
// of the configuration and of our own making.
type observe func(value int64, attributes ...attribute.KeyValue)

var gauges = []gauge{
	{"availproxy.build_info", "", "1, with the version in force.", readBuild},
	{"availproxy.ready", "", "Whether questions can be answered: 1 or 0.", readReady},
	{"availproxy.config.last_reload_successful", "", "Whether the last reload of the configuration has succeeded: 1 or 0.", readReload},
	{"availproxy.config.last_reload_success_timestamp", "s", "When the configuration in force was loaded, in Unix time.", readLoaded},
	{"availproxy.cache.limit", "By", "Memory that the cache may take.", readCacheLimit},
	{"availproxy.certificate.not_after", "s", "When a certificate expires, in Unix time.", readCertificates},
	{"availproxy.token.expiry", "s", "When the newest token of an authority expires, in Unix time.", readTokens},
	{"availproxy.ews.remaining", "s", "Time until EWS ends for a forest, negative when it has.", readEWSEnds},
	{"availproxy.forest.up", "", "Whether a forest is asked: 0 while it cannot be found, or fails and is left alone.", readForestsUp},
	{"availproxy.forest.requests.in_flight", "{question}", "Questions that hold a place in front of the back end of a forest.", readForestsInFlight},
	{"availproxy.forest.requests.limit", "{question}", "Places in front of each endpoint of a forest: max_concurrency.", readForestsLimit},
	{"availproxy.backend.active", "", "Which back end answers for a forest: 1 for that one.", readBackends},
}

// publish makes the gauges.
func (s *Server) publish() error {
	meter := otel.Meter("availproxy/server")
	for _, g := range gauges {
		_, err := meter.Int64ObservableGauge(g.name, metric.WithUnit(g.unit), metric.WithDescription(g.description),
			metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
				g.read(s, s.current.Load(), time.Now(), func(value int64, attributes ...attribute.KeyValue) {
					o.Observe(value, metric.WithAttributes(attributes...))
				})
				return nil
			}))
		if err != nil {
			return err
		}
	}
	return nil
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func readBuild(s *Server, _ *wiring, _ time.Time, observe observe) {
	observe(1, attribute.String("version", s.options.Version), attribute.String("goversion", runtime.Version()))
}

func readReady(s *Server, _ *wiring, _ time.Time, observe observe) {
	observe(truth(len(s.notReady()) == 0))
}

func readReload(s *Server, _ *wiring, _ time.Time, observe observe) {
	said := s.reloadError.Load()
	observe(truth(said == nil || *said == ""))
}

func readLoaded(_ *Server, w *wiring, _ time.Time, observe observe) { observe(w.loaded.Unix()) }

func readCacheLimit(s *Server, _ *wiring, _ time.Time, observe observe) {
	observe(s.store.Stats().Limit)
}
