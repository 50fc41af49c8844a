package freebusy_test

import (
	"testing"

	"availproxy/freebusy"
)

func TestMailboxKeyAndDomain(t *testing.T) {
	tests := map[string]struct{ address, key, domain string }{
		"as written":           {"Anna@Contoso.com", "anna@contoso.com", "contoso.com"},
		"white space":          {"  anna@contoso.com\n", "anna@contoso.com", "contoso.com"},
		"two at signs":         {`"a@b"@Contoso.com`, `"a@b"@contoso.com`, "contoso.com"},
		"no domain":            {"anna", "anna", ""},
		"an empty domain":      {"anna@", "anna@", ""},
		"nothing":              {"", "", ""},
		"a legacy name":        {"/o=Contoso/cn=Anna", "/o=contoso/cn=anna", ""},
		"letters beyond ASCII": {"ÄNNE@Bücher.example", "änne@bücher.example", "bücher.example"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := freebusy.SMTP(tt.address)
			if m.Key() != tt.key || m.Domain() != tt.domain {
				t.Errorf("Key and Domain are %q and %q, want %q and %q", m.Key(), m.Domain(), tt.key, tt.domain)
			}
		})
	}
}

func TestDetailsCompare(t *testing.T) {
	if !(freebusy.MergedOnly < freebusy.FreeBusy && freebusy.FreeBusy < freebusy.Detailed) {
		t.Error("details do not go from least to most")
	}
	for d, want := range map[freebusy.Detail]string{freebusy.MergedOnly: "MergedOnly", freebusy.FreeBusy: "FreeBusy", freebusy.Detailed: "Detailed"} {
		if d.String() != want {
			t.Errorf("%d is called %q, want %q", d, d.String(), want)
		}
	}
}

func TestBusyTypesAreReadAsTheyAreWritten(t *testing.T) {
	for b := freebusy.Free; b <= freebusy.NoData; b++ {
		if got, ok := freebusy.ParseBusyType(b.String()); got != b || !ok {
			t.Errorf("ParseBusyType(%q) = %v, %t", b.String(), got, ok)
		}
	}
	for _, word := range []string{"", "busy", "Busy ", "6"} {
		if got, ok := freebusy.ParseBusyType(word); got != freebusy.NoData || ok {
			t.Errorf("ParseBusyType(%q) = %v, %t, want NoData and false", word, got, ok)
		}
	}
	if got := freebusy.BusyType(-1).String() + freebusy.BusyType(6).String(); got != "NoDataNoData" {
		t.Errorf("values without a name are %q", got)
	}
}
