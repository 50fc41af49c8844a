package forest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"availproxy/integration/forest/s2s"
)

// OrganizationConfig is what Set-OrganizationConfig says about EWS. With the zero
// OrganizationConfig all applications may use it.
type OrganizationConfig struct {
	EWSDisabled      bool     // -EwsEnabled $false
	EWSAllowedAppIDs []string // -EwsAllowedAppIDs: with any, only those applications
}

// SetOrganizationConfig holds for all requests that come from now on. In Exchange
// Online it takes an hour, or a day for the list.
func (s *EWS) SetOrganizationConfig(c OrganizationConfig) { s.config.Store(&c) }

// asker is who has shown a good token.
type asker struct {
	app     string // application id, "" without tokens
	ofEntra bool   // by an access token of its own
}

// admit judges the token, of either kind.
func (s *EWS) admit(w http.ResponseWriter, r *http.Request, seen *Request) (asker, bool) {
	if s.AppVerifier != nil && s2s.IsAppToken(r.Header.Get("Authorization")) {
		caller, refusal := s.AppVerifier.VerifyRequest(r, time.Now())
		if refusal != nil {
			refusal.Write(w, s.Challenge)
			return asker{}, false
		}
		seen.Actor = caller.AppID
		return asker{app: caller.AppID, ofEntra: true}, true
	}
	if s.Verifier == nil {
		return asker{}, true
	}
	caller, refusal := s.Verifier.VerifyRequest(r, time.Now())
	if refusal != nil {
		refusal.Write(w, s.Challenge)
		return asker{}, false
	}
	seen.Actor, seen.OnBehalfOf = caller.Actor, caller.Mailbox
	app, _, _ := strings.Cut(caller.Actor, "@")
	return asker{app: app}, true
}

// lets reports whether the organization still lets that application use EWS. What
// it is told otherwise is documented as 403 and no more (MC1191578, and reports of
// an empty body); that the two reasons look alike is our choice.
func (s *EWS) lets(w http.ResponseWriter, a asker) bool {
	if a.app != "" && s.age() == ExchangeOnline {
		w.Header().Set("x-ms-appId", a.app)
	}
	c := s.config.Load()
	if c == nil {
		return true
	}
	listed := len(c.EWSAllowedAppIDs) == 0 || slices.ContainsFunc(c.EWSAllowedAppIDs, func(id string) bool { return strings.EqualFold(id, a.app) })
	if c.EWSDisabled || !listed {
		w.WriteHeader(http.StatusForbidden)
		return false
	}
	return true
}

// impersonate reads for whom an application asks (exchangeimpersonation).
func (s *EWS) impersonate(envelope *node, a asker, seen *Request) *fault {
	if !a.ofEntra {
		return nil
	}
	sid := envelope.child(nsSOAP, "Header").child(nsTypes, "ExchangeImpersonation").child(nsTypes, "ConnectingSID")
	address := sid.child(nsTypes, "PrimarySmtpAddress").text()
	if address == "" {
		address = sid.child(nsTypes, "SmtpAddress").text()
	}
	switch {
	case address == "" && (sid != nil || s.ImpersonationNeeded):
		return ordinaryFault("ErrorInvalidExchangeImpersonationHeaderData", "ExchangeImpersonation SOAP header must be present for this type of OAuth token.")
	case address == "":
		return nil
	case !s.knows(address):
		return ordinaryFault("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
	}
	seen.OnBehalfOf = address
	return nil
}

func (s *EWS) knows(address string) bool {
	if s.Verifier != nil && s.Verifier.Users != nil {
		return len(s.Verifier.Users(address)) == 1
	}
	_, known := s.Truth.Mailbox(address)
	return known
}
