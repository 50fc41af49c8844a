package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"availproxy/cache"
	"availproxy/cmd/internal/config"
	"availproxy/discovery"
	"availproxy/ews"
	"availproxy/ews/authn"
	"availproxy/freebusy"
	"availproxy/oauth"
)

// wiring is everything that one configuration has made. It is not changed
// afterwards; a reload makes a new one around the same cache store.
type wiring struct {
	config       *config.Config
	certificates oauth.Certificates // of auth_config
	servers      authServers
	forests      forests
	directory    *discovery.Directory
	cache        *cache.Cache
	source       freebusy.Source    // what Handler asks: the whole path below it
	mailTips     ews.MailTipsSource // the same for mail tips
	exchange     http.Handler       // the listener that Exchange uses
	mechanisms   mechanisms
	pseudonyms   freebusy.Pseudonyms
	users        *authn.BasicUsers // of the admin listener; nil: nobody needs to log on there

	loaded     time.Time
	usage      usage
	background []func(context.Context) error
	stop       context.CancelFunc
	running    sync.WaitGroup
}

// wire makes the parts from the bottom of the path to the top. It opens no
// connection and starts nothing.
func wire(c *config.Config, store *cache.Store, o Options) (*wiring, error) {
	w := &wiring{config: c, loaded: time.Now(), pseudonyms: o.Pseudonyms}
	if key := c.Telemetry.HashKey.Reveal(); key != "" {
		w.pseudonyms = freebusy.NewPseudonyms(key)
	}
	o.wire = newWireLog(o.Log, w.pseudonyms)
	var err error
	if w.certificates, err = certificates(c.AuthConfig); err != nil {
		return nil, err
	}
	if w.servers, err = newAuthServers(c, w.certificates, o); err != nil {
		return nil, err
	}
	if w.forests, err = newForests(c, w.servers, w.certificates, o); err != nil {
		return nil, err
	}
	if w.directory, err = discovery.New(w.forests.connectors(), discovery.Options{
		AcceptedDomains: words(c.AcceptedDomains), Version: o.Version, Log: o.Log, Moved: w.moved,
	}); err != nil {
		return nil, err
	}
	router := &freebusy.Router{Directory: w.directory, Forest: w.forests.source}
	rules := policy{w.directory, w.forests}
	w.cache = cache.New(store, router, cache.Options{
		Fresh: time.Duration(c.Cache.Fresh), Revalidate: time.Duration(c.Cache.Fresh), Stale: time.Duration(c.Cache.Stale),
		Negative: time.Duration(c.Cache.Negative), NotFound: time.Duration(c.Cache.NotFound),
		Padding: time.Duration(c.Cache.Padding), Widest: rules.widest, Forest: rules.forest, Abandon: time.Duration(c.Timeouts.Abandon),
	})
	w.source = remember(&freebusy.Clamp{Source: &freebusy.Scoping{Source: w.cache, Narrow: rules.narrow}, Policy: rules}, o.History)
	w.mailTips = &ews.MailTipsRouter{Directory: w.directory, Access: rules.mailTips, Forest: w.forests.mailTips}
	if w.users, err = basicUsers(c.Admin.UsersFile, "availproxy admin"); err != nil {
		return nil, err
	}
	if w.mechanisms, err = newMechanisms(c.Clients, o); err != nil {
		return nil, err
	}
	if w.exchange, err = w.listenerForExchange(o); err != nil {
		return nil, err
	}
	w.background = slices.Concat(w.servers.background(), w.forests.shadows(), w.mechanisms.background(), []func(context.Context) error{w.directory.Run, w.cache.Run})
	return w, nil
}

// listenerForExchange puts the Gate and the operation at their paths.
func (w *wiring) listenerForExchange(o Options) (http.Handler, error) {
	c := w.config
	authenticators, err := authenticators(c.Clients, w.mechanisms, o)
	if err != nil {
		return nil, err
	}
	allow, err := authn.ParseRules(words(c.Clients.Allow))
	if err != nil {
		return nil, fmt.Errorf("clients.allow: %w", err)
	}
	serializers, err := newSerializers(c)
	if err != nil {
		return nil, err
	}
	return paths{
		exchange: o.wire.inbound(o.Capture.Around(&authn.Gate{
			Networks: c.Clients.Networks.Prefixes(), TrustedProxies: c.Clients.TrustedProxies.Prefixes(),
			Authenticators: authenticators, Allow: allow, Log: o.Log,
			Forbidden: ews.Forbidden(),
			Next: &ews.Handler{
				Source: w.source, MailTips: w.mailTips, ServerName: o.hostName(), AnswerTimeout: time.Duration(c.Timeouts.Answer), Log: o.Log,
				Scope: serializers.scope, Pseudonyms: w.pseudonyms, General: o.GeneralPath, Tally: o.tally,
			},
		})),
		metadata: oauth.MetadataHandler{
			Certificates: w.certificates, Realm: realm(c), ServiceName: c.AuthConfig.ServiceName,
		},
		log: o.Log, requests: o.requests,
	}, nil
}

// start begins the background work; end ends it.
func (w *wiring) start(log *slog.Logger) {
	ctx, cancel := context.WithCancel(context.Background())
	w.stop = cancel
	for _, run := range w.background {
		w.running.Go(func() {
			if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
				log.ErrorContext(ctx, "background work ended", "err", err)
			}
		})
	}
}

// end waits until the questions that have begun are answered, which still need
// the background work, then stops that and waits for it and for fetches under
// way.
func (w *wiring) end() {
	w.usage.wait()
	w.stop()
	w.running.Wait()
}

// realm is our own: configured, or the first of the accepted domains.
func realm(c *config.Config) string {
	if c.AuthConfig.Realm != "" || len(c.AcceptedDomains) == 0 {
		return c.AuthConfig.Realm
	}
	return string(c.AcceptedDomains[0])
}

// words turns the configuration's own string types into plain strings.
func words[T ~string](list []T) []string {
	plain := make([]string, len(list))
	for i, word := range list {
		plain[i] = string(word)
	}
	return plain
}
