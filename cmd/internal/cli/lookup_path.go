package cli

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/history"
	"availproxy/cmd/internal/server"
	"availproxy/cmd/internal/telemetry"
	"availproxy/ews"
	"availproxy/freebusy"
	"availproxy/integration/forest"
)

// throughProxy takes the path that the questions of Exchange take, in this
// process and with an empty cache.
func (l *lookup) throughProxy(ctx context.Context, io IO, q forest.Question) (result, error) {
	c, err := config.Read(l.config, io.Getenv)
	if err != nil {
		return result{}, configuration(err)
	}
	var recorder telemetry.Recorder
	past := history.New(history.Options{Questions: 1})
	running, err := telemetry.Start(ctx, telemetry.Options{Version: io.Version, Getenv: io.Getenv, Recorder: &recorder, Finished: past.Finished})
	if err != nil {
		return result{}, err
	}
	defer stopTelemetry(ctx, running)
	s, err := server.New(c, server.Options{Version: io.Version, Log: telemetry.NewLogger(io.Stderr, slog.LevelWarn, true, nil), Metrics: running.Metrics, History: past})
	if err != nil {
		return result{}, configuration(err)
	}
	var res result
	err = s.While(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, time.Duration(c.Timeouts.Answer))
		defer cancel()
		question := query(q)
		answers, err := s.Source().Availability(ctx, question)
		if err != nil {
			return err
		}
		res = fromAnswers(question, q.View, answers)
		return nil
	})
	res.Story = l.story(past)
	path := pathResult{Cache: "none", Hops: []hopResult{}}
	for _, h := range recorder.Take() {
		if cache := h.Attributes["availproxy.cache"]; cache != "" {
			path.Cache = cache
		}
		path.Hops = append(path.Hops, newHop(h))
	}
	for i := range res.Mailboxes {
		m := &res.Mailboxes[i]
		answered := m.Path.Backend
		m.Path = path
		m.Path.Connector, m.Path.Backend = connectorFor(c, m.Address)
		m.Path.Backend = cmp.Or(answered, m.Path.Backend) // which one it was of auto
	}
	return res, err
}

// directly asks an EWS endpoint as our own client does.
func (l *lookup) directly(ctx context.Context, io IO, q forest.Question) (result, error) {
	roots, err := rootsIn("--ca", l.ca)
	if err != nil {
		return result{}, err
	}
	password, token, err := l.secrets()
	if err != nil {
		return result{}, err
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	client := &ews.Client{
		HTTP: &http.Client{Transport: credentials{transport, l.user, password, token}},
		URL:  l.url, UserAgent: ews.DefaultUserAgent(io.Version), Timeout: 20 * time.Second,
	}
	began := time.Now()
	question := query(q)
	answers, err := client.Availability(ctx, question)
	if err != nil {
		return result{}, err
	}
	res := fromAnswers(question, q.View, answers)
	for i := range res.Mailboxes {
		res.Mailboxes[i].Path.Cache = "none"
		res.Mailboxes[i].Path.Hops = []hopResult{{Name: "forest.query", MS: milliseconds(time.Since(began))}}
	}
	return res, nil
}

// query is the question in the words of the core.
func query(q forest.Question) freebusy.Query {
	asked := freebusy.Query{Window: freebusy.Window{Start: q.From, End: q.To}, Interval: q.Interval, Detail: freebusy.FreeBusy}
	if q.View == "Detailed" || q.View == "DetailedMerged" {
		asked.Detail = freebusy.Detailed
	}
	for _, address := range q.Mailboxes {
		asked.Mailboxes = append(asked.Mailboxes, freebusy.SMTP(address))
	}
	return asked
}

// credentials sends what the flags gave with every request.
type credentials struct {
	next                  http.RoundTripper
	user, password, token string
}

// RoundTrip implements [http.RoundTripper].
func (c credentials) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context()) // a RoundTripper must not change its request
	switch {
	case c.token != "":
		r.Header.Set("Authorization", "Bearer "+c.token)
	case c.user != "":
		r.SetBasicAuth(c.user, c.password)
	}
	return c.next.RoundTrip(r)
}
