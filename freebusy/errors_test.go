package freebusy_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"availproxy/freebusy"
)

func TestAsError(t *testing.T) {
	refused := &freebusy.Error{Code: freebusy.ErrorNoFreeBusyAccess, Text: "no"}
	tests := map[string]struct {
		err  error
		want freebusy.Code
	}{
		"an Error":              {refused, freebusy.ErrorNoFreeBusyAccess},
		"an Error inside":       {fmt.Errorf("asking: %w", refused), freebusy.ErrorNoFreeBusyAccess},
		"no time left":          {fmt.Errorf("asking: %w", context.DeadlineExceeded), freebusy.ErrorTimeoutExpired},
		"nobody waits any more": {context.Canceled, freebusy.ErrorTimeoutExpired},
		"anything else":         {errors.New("secret.example: refused"), freebusy.ErrorProxyRequestProcessingFailed},
		"an Error out of time":  {errors.Join(refused, context.DeadlineExceeded), freebusy.ErrorNoFreeBusyAccess},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := freebusy.AsError(tt.err)
			if got.Code != tt.want || strings.Contains(got.Text, "secret") || strings.Contains(got.Error(), "secret") {
				t.Errorf("AsError(%v) = %v, want %s and none of the cause", tt.err, got, tt.want)
			}
			if !errors.Is(got, tt.err) && !errors.Is(tt.err, got) {
				t.Errorf("AsError(%v) has lost its cause", tt.err)
			}
		})
	}
}

func TestRefusalsAreDecisions(t *testing.T) {
	for code, want := range map[freebusy.Code]bool{
		freebusy.ErrorNoFreeBusyAccess:             true,
		freebusy.ErrorMailRecipientNotFound:        true,
		freebusy.ErrorAddressSpaceNotFound:         true,
		freebusy.ErrorProxyRequestProcessingFailed: false,
		freebusy.ErrorTimeoutExpired:               false,
		freebusy.ErrorServerBusy:                   false,
		freebusy.ErrorMailboxMoveInProgress:        false,
	} {
		if got := code.Refusal(); got != want {
			t.Errorf("%s: Refusal() = %t, want %t", code, got, want)
		}
	}
}
