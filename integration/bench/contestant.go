package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"regexp"
)

// A contestant is something that can stand between old servers and the forest.
type contestant struct {
	name  string
	start func(context.Context, *stage, workload) (*server, error)
}

var (
	// bareHTTP answers everything with the bytes that availproxy would, and does
	// nothing for it: what net/http itself costs.
	bareHTTP = contestant{"bare net/http", startBare}

	// reverseProxy remembers nothing. It is what one would write first.
	reverseProxy = contestant{"httputil.ReverseProxy, no cache", startReverseProxy}

	// nginxCache remembers requests, by their whole bodies.
	nginxCache = contestant{"nginx proxy_cache, key is the body", startNginx}

	// Telemetry and authorisation are on in all that follow: each request is
	// authenticated and authorised, measured, and traced, one trace in a hundred
	// is sent.
	ours        = contestant{"availproxy", availproxy(serving{cache: remembers})}
	oursLogging = contestant{"availproxy, a log line for each question", availproxy(serving{cache: remembers, logs: true})}
	oursByTrees = contestant{"availproxy with etree in and out", availproxy(serving{cache: remembers, generalPath: true})}
	oursNoCache = contestant{"availproxy, nothing remembered", availproxy(serving{cache: forgets})}
)

// The caches of availproxy. What nginx remembers is good for as long, so that
// nothing expires while anybody is measured.
const (
	remembers = "{fresh: 10m, stale: 15m}"
	forgets   = "{fresh: 0s, stale: 0s, negative: 0s, not_found: 0s, padding: 0s}"
	lifetime  = "10m"
)

// serving is how availproxy is run.
type serving struct {
	cache       string // the value of that key
	logs        bool   // one line for each question
	generalPath bool   // by way of trees, as before there was a faster way
}

func availproxy(how serving) func(context.Context, *stage, workload) (*server, error) {
	return func(ctx context.Context, s *stage, w workload) (*server, error) {
		listen, err := freeAddress()
		if err != nil {
			return nil, err
		}
		admin, err := freeAddress()
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("config-%s.yaml", admin[len("127.0.0.1:"):])
		if err := s.configure(name, how.cache, listen, admin, w.secure); err != nil {
			return nil, err
		}
		arguments := []string{"serve", "--config", s.path(name), "--log-level", "warn", "--lame-duck", "0s"}
		if how.logs {
			arguments = append(arguments, "--log-level", "info")
		}
		if how.generalPath {
			arguments = append(arguments, "--general-path")
		}
		running, err := run(ctx, s.dir, name, listen, s.telemetry(), s.availproxy, arguments...)
		if err != nil {
			return nil, err
		}
		running.metrics = "http://" + admin + "/metrics"
		running.tls = s.trust(w)
		return running, nil
	}
}

// configure writes the staging configuration with another listener and cache.
func (s *stage) configure(name, cache, listen, admin string, secure bool) error {
	staging, err := os.ReadFile(s.path("config.yaml"))
	if err != nil {
		return err
	}
	text := string(staging)
	set := func(key, value string) {
		line := key + ": " + value
		if value == "" {
			line = ""
		}
		text = regexp.MustCompile(`(?m)^`+key+`:.*$`).ReplaceAllLiteralString(text, line)
	}
	set("listen", listen)
	set("admin", fmt.Sprintf("{listen: %q}", admin))
	if !secure {
		set("tls", "")
	}
	return os.WriteFile(s.path(name), []byte(text+"\ncache: "+cache+"\n"), 0o600)
}

// telemetry is what operators set, one trace in a hundred sent.
func (s *stage) telemetry() []string {
	return []string{
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=" + s.collector.URL + "/v1/traces", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
		"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.01",
	}
}

// trust is how to ask a server of that workload.
func (s *stage) trust(w workload) *tls.Config {
	if !w.secure {
		return nil
	}
	return &tls.Config{RootCAs: s.forest.RootCAs(), ServerName: "localhost"}
}

func startBare(ctx context.Context, s *stage, w workload) (*server, error) {
	const file = "answer.xml"
	if err := os.WriteFile(s.path(file), w.answer, 0o600); err != nil {
		return nil, err
	}
	return s.startPeer(ctx, w, "-answer", s.path(file))
}

func startReverseProxy(ctx context.Context, s *stage, w workload) (*server, error) {
	return s.startPeer(ctx, w, "-upstream", s.upstream(), "-upstream-name", s.forest.Host(), "-roots", s.path("ca.pem"), "-token", s.path("token"))
}

func (s *stage) startPeer(ctx context.Context, w workload, arguments ...string) (*server, error) {
	listen, err := freeAddress()
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress()
	if err != nil {
		return nil, err
	}
	arguments = append(arguments, "-listen", listen, "-admin", admin)
	if w.secure {
		arguments = append(arguments, "-certificate", s.path("proxy.pem"), "-key", s.path("proxy.key"))
	}
	running, err := run(ctx, s.dir, "peer", listen, nil, s.peer, arguments...)
	if err != nil {
		return nil, err
	}
	running.metrics = "http://" + admin + "/metrics"
	running.tls = s.trust(w)
	return running, nil
}
