package oauth

import (
	"strings"
	"testing"
	"time"
)

func TestRollover(t *testing.T) {
	effective := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	before, after := effective.Add(-time.Second), effective
	current, next, previous := certificate(t, 0), certificate(t, 1), certificate(t, 2)
	all := Certificates{Current: current, Next: next, NextEffective: effective, Previous: previous}
	tests := map[string]struct {
		c                      Certificates
		at                     time.Time
		wantSigning, wantOther *Certificate
		wantPublished          int
	}{
		"one alone":                       {Certificates{Current: current}, before, current, nil, 1},
		"one and the one before":          {Certificates{Current: current, Previous: previous}, before, current, previous, 1},
		"the next one is staged":          {all, before, current, next, 2},
		"the next one has become the one": {all, after, next, current, 2},
		"nothing":                         {Certificates{}, after, nil, nil, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, other := tt.c.Signing(tt.at), tt.c.Other(tt.at); got != tt.wantSigning || other != tt.wantOther {
				t.Errorf("%v signs and %v is the other, want %v and %v", got, other, tt.wantSigning, tt.wantOther)
			}
			if got := tt.c.Published(); len(got) != tt.wantPublished {
				t.Errorf("published %v, want %d", got, tt.wantPublished)
			}
		})
	}
}

func TestCertificatesCheck(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	good := certificate(t, 0)
	valid := func(from, to time.Time) *Certificate {
		c, err := NewCertificate(x509Valid(t, 1, "c", from, to), testKeys[1]())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	old := valid(now.AddDate(-5, 0, 0), now.AddDate(0, 0, -1))
	young := valid(now.AddDate(0, 1, 0), now.AddDate(5, 0, 0))
	tests := map[string]struct {
		c        Certificates
		want     string
		wantLeft int
	}{
		"all is well":                      {Certificates{Current: good}, "", good.DaysLeft(now)},
		"an expired one before":            {Certificates{Current: good, Previous: old}, "", good.DaysLeft(now)},
		"an expired one":                   {Certificates{Current: old}, "expired", -2},
		"an expired one has a successor":   {Certificates{Current: old, Next: good, NextEffective: now}, "", good.DaysLeft(now)},
		"a successor that comes too late":  {Certificates{Current: old, Next: young, NextEffective: now.AddDate(0, 2, 0)}, "expired", -2},
		"a successor in good time":         {Certificates{Current: good, Next: young, NextEffective: now.AddDate(0, 2, 0)}, "", young.DaysLeft(now)},
		"a successor without date":         {Certificates{Current: good, Next: young}, "no effective date", young.DaysLeft(now)},
		"a successor that is not yet born": {Certificates{Current: good, Next: young, NextEffective: now}, "before it is valid", young.DaysLeft(now)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.c.Check(now)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check: %v, want %q", err, tt.want)
			}
			if got := tt.c.DaysLeft(now); got != tt.wantLeft {
				t.Errorf("%d days left, want %d", got, tt.wantLeft)
			}
		})
	}
	if err := (Certificates{}).Check(now); err == nil {
		t.Error("no certificate at all passes")
	}
}
