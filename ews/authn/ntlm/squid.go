package ntlm

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// status is what Samba says of a logon that it does not accept.
type status string

// Error implements error.
func (s status) Error() string { return fmt.Sprintf("%.128s", string(s)) }

// unavailable are those that say nothing of the caller: there is nobody who
// could judge ([MS-ERREF] 2.3.1).
var unavailable = []status{
	"NT_STATUS_NO_LOGON_SERVERS", "NT_STATUS_DOMAIN_CONTROLLER_NOT_FOUND", "NT_STATUS_CANT_ACCESS_DOMAIN_INFO",
	"NT_STATUS_IO_TIMEOUT", "NT_STATUS_HOST_UNREACHABLE", "NT_STATUS_NETWORK_UNREACHABLE", "NT_STATUS_CONNECTION_REFUSED",
	"NT_STATUS_CONNECTION_RESET", "NT_STATUS_CONNECTION_DISCONNECTED", "NT_STATUS_PIPE_BROKEN", "NT_STATUS_PIPE_DISCONNECTED",
	"NT_STATUS_NO_TRUST_LSA_SECRET", "NT_STATUS_NO_TRUST_SAM_ACCOUNT", "NT_STATUS_TRUSTED_RELATIONSHIP_FAILURE",
	"NT_STATUS_TRUSTED_DOMAIN_FAILURE", "NT_STATUS_TIME_DIFFERENCE_AT_DC", "NT_STATUS_INVALID_SERVER_STATE",
}

// ours reports whether the trouble is on our side.
func (s status) ours() bool { return slices.Contains(unavailable, s) }

// The words of the protocol that ntlm_auth calls squid-2.5-ntlmssp (its man
// page; wiki.squid-cache.org NegotiateAuthentication): a handshake begins with
// YR and goes on with KK. NA is about the caller, BH about Samba itself.

// challenge gives the helper a NEGOTIATE_MESSAGE. An error that is a [status]
// leaves the helper as good as new.
func (h *helper) challenge(ctx context.Context, within time.Duration, negotiate []byte) ([]byte, error) {
	answer, rest, err := h.ask(ctx, within, "YR", negotiate)
	if err != nil || answer != "TT" {
		return nil, told(answer, rest, err)
	}
	challenge, err := base64.StdEncoding.DecodeString(rest)
	if err != nil || !message(challenge).is(challengeType) {
		return nil, errors.New("its challenge cannot be read")
	}
	return challenge, nil
}

// check gives the helper an AUTHENTICATE_MESSAGE and returns whose it is. Errors
// are as those of challenge.
func (h *helper) check(ctx context.Context, within time.Duration, authenticate []byte) (domain, user string, err error) {
	answer, rest, err := h.ask(ctx, within, "KK", authenticate)
	if err != nil || answer != "AF" {
		return "", "", told(answer, rest, err)
	}
	domain, user, ok := strings.Cut(rest, `\`)
	if !ok || domain == "" || user == "" {
		return "", "", errors.New(`it names an account without its domain; smb.conf needs "winbind separator = \" and "winbind use default domain = no"`)
	}
	return domain, user, nil
}

func told(answer, rest string, err error) error {
	switch {
	case err != nil:
		return err
	case answer == "NA":
		return status(rest)
	case strings.Contains(rest, "NT_STATUS_ACCESS_DENIED"):
		return errors.New("winbindd refuses to talk to us; the account of the proxy must be in the group winbindd_priv")
	case strings.Contains(rest, "NT_STATUS_UNSUCCESSFUL"):
		return errors.New("winbindd is not there")
	}
	return fmt.Errorf("it says %.128q", answer+" "+rest)
}
