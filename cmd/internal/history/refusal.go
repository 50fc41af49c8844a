package history

import (
	"time"

	"availproxy/cmd/internal/telemetry"
)

// refusal is a client that was not let in, as often as it came.
type refusal struct {
	decision, mechanism, reason, principal string

	client string // the address of the last one
	times  int
	at     time.Time // the last time
}

func refusalOf(t telemetry.Trace) *refusal {
	r := &refusal{times: 1, at: t.Start().UTC()}
	for _, hop := range t.Hops() {
		a := hop.Attributes
		r.decision, r.mechanism, r.reason = a["availproxy.decision"], a["availproxy.caller.mechanism"], a["error.type"]
		r.principal, r.client = a["availproxy.caller.principal"], a["client.address"]
	}
	return r
}

// kind is the refusal without when and how often.
func (r refusal) kind() refusal {
	r.client, r.times, r.at = "", 0, time.Time{}
	return r
}
