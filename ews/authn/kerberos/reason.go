package kerberos

import "availproxy/ews/authn"

// Why a ticket is refused, beside the reasons of package authn.
const (
	NoKey           authn.Reason = "no_key_for_ticket"
	BadIntegrity    authn.Reason = "bad_integrity" // changed on the way, or made up
	ClientMismatch  authn.Reason = "client_mismatch"
	ClockSkew       authn.Reason = "clock_skew"
	TicketExpired   authn.Reason = "ticket_expired"
	TicketNotYet    authn.Reason = "ticket_not_yet_valid"
	Replay          authn.Reason = "replay"
	ReplayCacheFull authn.Reason = "replay_cache_full"
)

func refuse(why authn.Reason, format string, args ...any) error {
	return authn.Refuse(authn.Kerberos, why, format, args...)
}
