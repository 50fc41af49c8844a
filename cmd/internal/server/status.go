package server

import (
	"cmp"
	"slices"
	"time"

	"availproxy/cache"
	"availproxy/cmd/internal/admin"
	"availproxy/discovery"
)

// status gathers what the admin page shows.
func (s *Server) status() admin.Status {
	w := s.current.Load()
	now := time.Now()
	st := admin.Status{
		Started: s.started, Configuration: s.options.Path, Loaded: w.loaded,
		NotReady: s.notReady(), Warnings: w.warnings(), Cache: cacheStatus(s.store.Stats()),
		Certificates: s.certificateStatus(w), Tokens: w.tokenStatus(), Deadlines: w.deadlines(now),
	}
	if said := s.reloadError.Load(); said != nil {
		st.ReloadError = *said
	}
	for _, d := range w.discovered() {
		connector := w.forests[d.Connector]
		st.Forests = append(st.Forests, w.forestStatus(connector, d))
		if s := connector.shadow; s != nil {
			st.Shadows = append(st.Shadows, shadowStatus(d.Connector, s.name, s.State(), w.shown()))
		}
	}
	return st
}

// discovered is what is known of the connectors, in the order of the file.
func (w *wiring) discovered() []discovery.State {
	place := map[string]int{}
	for i, c := range w.config.Connectors {
		place[c.Name] = i
	}
	states := w.directory.Snapshot()
	slices.SortFunc(states, func(a, b discovery.State) int { return place[a.Connector] - place[b.Connector] })
	return states
}

// warnings are about the configuration, and about the machine that it is for.
func (w *wiring) warnings() []string {
	var all []string
	for _, warning := range w.config.Warnings {
		all = append(all, warning.String())
	}
	if warning := memoryOf(w.config).warning(); warning != "" {
		all = append(all, warning)
	}
	return all
}

func cacheStatus(s cache.Stats) admin.CacheStatus {
	st := admin.CacheStatus{Mailboxes: s.Mailboxes, Bytes: s.Bytes, Limit: s.Limit}
	for _, c := range s.Forests {
		st.Forests = append(st.Forests, admin.CacheCounts{
			Forest: cmp.Or(c.Forest, "no connector"), Mailboxes: c.Mailboxes, Bytes: c.Bytes,
			Requests: c.Requests, Hits: c.Hits, Negative: c.Negative, Stale: c.Stale, Misses: c.Misses, Partial: c.Partial,
			Coalesced: c.Coalesced, Renewed: c.Renewed, Fetched: c.Fetched, Evicted: c.Evicted, Purged: c.Purged,
		})
	}
	return st
}
