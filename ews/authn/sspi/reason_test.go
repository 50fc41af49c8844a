package sspi

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"availproxy/ews/authn"
)

// TestReasons has each status that Windows documents for a server, in numbers, and
// the reason for it that stands in logs and metrics.
func TestReasons(t *testing.T) {
	tests := map[uint32]string{
		0x80090300: "unavailable SEC_E_INSUFFICIENT_MEMORY",
		0x80090301: "internal SEC_E_INVALID_HANDLE",
		0x80090302: "internal status 0x80090302", // SEC_E_UNSUPPORTED_FUNCTION
		0x80090304: "unavailable SEC_E_INTERNAL_ERROR",
		0x80090305: "unavailable SEC_E_SECPKG_NOT_FOUND",
		0x80090308: "malformed SEC_E_INVALID_TOKEN",
		0x8009030C: "bad_password SEC_E_LOGON_DENIED",
		0x8009030D: "unavailable SEC_E_UNKNOWN_CREDENTIALS",
		0x8009030E: "unavailable SEC_E_NO_CREDENTIALS",
		0x8009030F: "bad_integrity SEC_E_MESSAGE_ALTERED",
		0x80090310: "bad_integrity SEC_E_OUT_OF_SEQUENCE",
		0x80090311: "unavailable SEC_E_NO_AUTHENTICATING_AUTHORITY",
		0x80090317: "late SEC_E_CONTEXT_EXPIRED",
		0x80090318: "malformed SEC_E_INCOMPLETE_MESSAGE",
		0x80090322: "no_key_for_ticket SEC_E_WRONG_PRINCIPAL",
		0x80090324: "clock_skew SEC_E_TIME_SKEW",
		0x80090326: "malformed SEC_E_ILLEGAL_MESSAGE",
		0x80090330: "bad_integrity SEC_E_DECRYPT_FAILURE",
		0x80090331: "no_mechanism SEC_E_ALGORITHM_MISMATCH",
		0x8009033F: "unavailable SEC_E_SHUTDOWN_IN_PROGRESS",
		0x80090342: "no_key_for_ticket SEC_E_KDC_UNKNOWN_ETYPE",
		0x80090346: "channel_binding SEC_E_BAD_BINDINGS",
		0x80090348: "no_key_for_ticket SEC_E_NO_KERB_KEY",
		0x80090350: "unavailable SEC_E_DOWNGRADE_DETECTED",
		0x8009035D: "internal SEC_E_INVALID_PARAMETER",
		0x8009035F: "no_mechanism SEC_E_POLICY_NLTM_ONLY",
		5:          "internal status 0x00000005", // ERROR_ACCESS_DENIED
	}
	seen := map[Status]bool{}
	for code, want := range tests {
		seen[Status(code)] = true
		h := negotiated(t, &fakeWindows{}).Begin(&authn.Connection{})
		_, err := h.Step(t.Context(), ticket(fmt.Sprintf("status %x", code)))
		h.Close()
		refusal, ok := errors.AsType[*authn.Refusal](err)
		if !ok {
			t.Errorf("%08X is %v", code, err)
			continue
		}
		reason, name, _ := strings.Cut(want, " ")
		if string(refusal.Reason) != reason || !strings.Contains(refusal.Error(), "sspi: Negotiate: "+name) || refusal.Mechanism != authn.Kerberos {
			t.Errorf("%08X is %s %s: %s; want %s, %s", code, refusal.Mechanism, refusal.Reason, refusal, reason, name)
		}
	}
	for status := range statuses {
		if !seen[status] {
			t.Errorf("%v is not tested", status)
		}
	}
}

// TestTheLogNamesWhoIsRefused as far as the caller has told, which it does by NTLM.
func TestTheLogNamesWhoIsRefused(t *testing.T) {
	h := negotiated(t, &fakeWindows{}).Begin(&authn.Connection{})
	defer h.Close()
	if got := hears(t, h, spnego(negotiateMessage(t))); got != "challenge" {
		t.Fatal(got)
	}
	_, err := h.Step(t.Context(), response(logon(t, "wrong"), nil))
	if want := `sspi: Negotiate: CONTOSO\wrong: SEC_E_LOGON_DENIED (0x8009030C): a wrong password`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestWindowsWithoutCredentials(t *testing.T) {
	h := negotiated(t, &fakeWindows{unable: NoCredentials}).Begin(&authn.Connection{})
	defer h.Close()
	if got := hears(t, h, ticket("ap-req")); got != "kerberos unavailable" {
		t.Errorf("it hears %q", got)
	}
}

// TestAnErrorOfWindowsThatIsNoStatus comes from the access token, for example.
func TestAnErrorOfWindowsThatIsNoStatus(t *testing.T) {
	h := negotiated(t, &fakeWindows{unable: errors.New("out of paper")}).Begin(&authn.Connection{})
	defer h.Close()
	if got := hears(t, h, negotiateMessage(t)); got != "ntlm internal" {
		t.Errorf("it hears %q", got)
	}
}
