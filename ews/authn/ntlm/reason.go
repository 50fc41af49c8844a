package ntlm

import "availproxy/ews/authn"

// Why a logon is refused, beside the reasons of package authn.
const (
	Version1  authn.Reason = "ntlm_v1" // or LM, which is older still
	Anonymous authn.Reason = "anonymous_logon"
	Integrity authn.Reason = "bad_integrity" // messages that were changed on the way
	Late      authn.Reason = "late"          // the caller took too long to answer the challenge
)

func refuse(why authn.Reason, format string, args ...any) error {
	return authn.Refuse(authn.NTLM, why, format, args...)
}
