package server

import (
	"cmp"
	"context"
	"time"

	"availproxy/cmd/internal/check"
	"availproxy/cmd/internal/config"
	"availproxy/freebusy"
)

// shadow is the back end of a connector that is asked beside the one that serves.
type shadow struct {
	*freebusy.Shadow
	backEnd
}

// newShadow makes the shadow of the connector, nil for none. What guards its back
// end is its own: a shadow that fails must close no way to those who are served.
func (f *forest) newShadow() *shadow {
	var asked backEnd
	switch f.connector.Shadow {
	case config.ShadowGraph:
		asked = backEnd{"graph", f.graph.asks}
		asked.source = f.guard(f.graph.url, asked, freebusy.Comparing, f.connector.Graph.Batch).source
	case config.ShadowEWS:
		url := f.ewsURL()
		asked = backEnd{"ews", asRequester{f.ewsClient(url)}}
		asked.source = f.guard(url, asked, freebusy.Comparing, 0).source
	default:
		return nil
	}
	return &shadow{freebusy.NewShadow(freebusy.ShadowOptions{Connector: f.connector.Name, Backend: asked.name}), asked}
}

// ewsURL is where EWS is asked beside Graph, for which nobody is discovered.
func (f *forest) ewsURL() string {
	return cmp.Or(string(f.connector.TargetSharingEPR), f.discover.Cloud.EWS)
}

// shadows are the rehearsals that go on in the background.
func (fs forests) shadows() []func(context.Context) error {
	var all []func(context.Context) error
	for _, f := range fs {
		if f.shadow != nil {
			all = append(all, f.shadow.Run)
		}
	}
	return all
}

// forget drops what shadows remember of some mailboxes.
func (fs forests) forget(match func(address string) bool) {
	for _, f := range fs {
		if f.shadow != nil {
			f.shadow.Forget(match)
		}
	}
}

// checkShadow compares both back ends of f for a mailbox, if it is one of that
// forest. That nobody finds the mailbox is another finding.
func (w *wiring) checkShadow(ctx context.Context, f *forest, mailbox string) []check.Finding {
	m := freebusy.SMTP(mailbox)
	if connector, ok := w.directory.ConnectorFor(m); f.shadow == nil || !ok || connector != f.connector.Name {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(w.config.Timeouts.Abandon))
	defer cancel()
	route := w.directory.Routes(ctx, []freebusy.Mailbox{m})[0]
	if route.Err != nil {
		return nil
	}
	served := backEnd{string(f.connector.Backend), f.served(route.Endpoint)}
	q := nextWeek(freebusy.SMTP(route.Address), f.detail())
	return []check.Finding{checkBoth(ctx, f.connector.Name, served, f.shadow.backEnd, q)}
}
