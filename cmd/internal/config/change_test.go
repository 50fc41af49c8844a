package config

import (
	"slices"
	"strings"
	"testing"
)

func TestDiffNamesWhatNeedsARestartAndWhatIsForgotten(t *testing.T) {
	tests := map[string]struct {
		old, new         string // replaced in the production file
		restart, dropped []string
	}{
		"nothing changed":              {},
		"another address":              {old: `":443"`, new: `":8443"`, restart: []string{"listen"}},
		"another address for admin":    {old: "10.1.2.3:9910", new: "10.1.2.4:9910", restart: []string{"admin.listen"}},
		"other probes":                 {old: `":9911"`, new: `":9912"`, restart: []string{"admin.probes"}},
		"a larger cache":               {old: "size: 1GiB", new: "size: 2GiB", restart: []string{"cache.size"}},
		"longer freshness":             {old: "fresh: 1h30m", new: "fresh: 1h"},
		"less detail":                  {old: "access_level: LimitedDetails\n    application", new: "access_level: None\n    application"},
		"another endpoint":             {old: "https://autodiscover.fabrikam.com", new: "https://auto.fabrikam.com", dropped: []string{"Subsidiary"}},
		"acting as another":            {old: "freebusy@contoso.com", new: "rooms@contoso.com", dropped: []string{"Subsidiary"}},
		"another auth server document": {old: "contoso.com/metadata/json/1", new: "fabrikam.com/metadata/json/1", dropped: []string{"Online"}},
		"another target":               {old: `, "*.fabrikam.com"]`, new: "]", dropped: []string{"Subsidiary"}},
		"another target realm":         {old: "target_realm: fabrikam.com", new: "target_realm: tailspin.com", dropped: []string{"Subsidiary"}},
		"hosts of the cloud":           {old: "[partner.outlook.cn]", new: "[outlook.cn]", dropped: []string{"Online"}},
		"a connector renamed":          {old: "name: Subsidiary", new: "name: Fabrikam", dropped: []string{"Subsidiary"}},
		"a connector disabled":         {old: "name: Subsidiary", new: "name: Subsidiary\n    enabled: false", dropped: []string{"Subsidiary"}},
		"our own realm":                {old: "accepted_domains: [contoso.com", new: "accepted_domains: [tailspin.com", dropped: []string{"Online", "Subsidiary"}},
	}
	file := string(readGood(t, "production"))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			changed := file
			if tt.old != "" {
				changed = strings.Replace(file, tt.old, tt.new, 1)
				if changed == file {
					t.Fatalf("%q is not in the file", tt.old)
				}
			}
			got := Diff(parse(t, file), parse(t, changed))
			if !slices.Equal(got.Restart, tt.restart) || !slices.Equal(got.Dropped, tt.dropped) {
				t.Errorf("Diff = %+v, want restart %v, dropped %v", got, tt.restart, tt.dropped)
			}
		})
	}
}

// What was asked for under a lower level has no details to be passed on.
func TestWhatWasAskedForUnderALowerLevelIsForgotten(t *testing.T) {
	file := string(readGood(t, "production"))
	const details = "access_level: LimitedDetails\n    application_sees_details: accepted"
	for _, lower := range []string{"access_level: None", "access_level: AvailabilityOnly"} {
		got := Diff(parse(t, strings.Replace(file, details, lower, 1)), parse(t, file))
		if want := []string{"Online"}; !slices.Equal(got.Dropped, want) {
			t.Errorf("%s: dropped %v, want %v", lower, got.Dropped, want)
		}
	}
}

func TestAConnectorThatIsNotThereHasNoFingerprint(t *testing.T) {
	c := parse(t, string(readGood(t, "production")))
	if got := c.Fingerprint("Nobody"); got != "" {
		t.Errorf("the fingerprint of no connector is %s", got)
	}
	if online, subsidiary := c.Fingerprint("Online"), c.Fingerprint("Subsidiary"); online == subsidiary || len(online) != 64 {
		t.Errorf("the fingerprints are %q and %q", online, subsidiary)
	}
}
