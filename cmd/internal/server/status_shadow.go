package server

import (
	"availproxy/cmd/internal/admin"
	"availproxy/freebusy"
)

// shadowStatus is what the admin page shows of the rehearsal of a connector.
func shadowStatus(connector, backend string, s freebusy.ShadowState, p shown) admin.ShadowStatus {
	st := admin.ShadowStatus{
		Connector: connector, Backend: backend,
		Equal: s.Equal, Different: s.Different, Skipped: s.Skipped, Failed: s.Failed,
		Compared: s.Compared, LastFailure: p.text(s.LastFailure),
	}
	for _, kind := range freebusy.DifferenceKinds() {
		if n := s.Differences[kind]; n > 0 {
			st.Kinds = append(st.Kinds, admin.ShadowKind{Kind: kind.Means(), Count: n})
		}
	}
	for _, d := range s.Recent {
		st.Recent = append(st.Recent, admin.ShadowDifference{
			At: d.At, Mailbox: p.mailbox(d.Mailbox), Kind: d.Kind.Means(), Served: d.Served, Other: d.Other,
		})
	}
	return st
}
