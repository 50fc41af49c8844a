package discovery

import (
	"net/url"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryCloudAllowsWhatItNames(t *testing.T) {
	for name, cloud := range Clouds() {
		if cloud.Name != name {
			t.Errorf("cloud %s is called %s", name, cloud.Name)
		}
		if name == "none" {
			continue
		}
		c := Connector{AllowedHosts: cloud.Hosts} // without the URLs, which allow themselves
		h, err := c.Hosts()
		if err != nil {
			t.Errorf("cloud %s: %v", name, err)
		}
		if scope, err := url.Parse(cloud.ExchangeScope); err != nil || !h.Allows(scope) || scope.Path != "/.default" {
			t.Errorf("cloud %s: %q is not the scope of a host of its own (%v)", name, cloud.ExchangeScope, err)
		}
		for _, host := range []string{cloud.Login, cloud.Graph} {
			if name, err := normalHost(host); err != nil || name != host {
				t.Errorf("cloud %s: %q is no host", cloud.Name, host)
			}
		}
		for _, s := range []string{cloud.EWS, cloud.Discovery} {
			if u, err := url.Parse(s); err != nil || !h.Allows(u) {
				t.Errorf("cloud %s does not allow its own %s (%v)", name, s, err)
			}
		}
		if _, err := h.service(cloud.EWS); err != nil {
			t.Errorf("cloud %s: %s is not the URL of a service: %v", name, cloud.EWS, err)
		}
		if _, err := h.redirect(nil, cloud.Discovery); err != nil {
			t.Errorf("cloud %s: %s is not the URL of autodiscover: %v", name, cloud.Discovery, err)
		}
	}
}

func TestCloudOverride(t *testing.T) {
	got := Clouds()["china"].Override(Cloud{ACS: "acs.example", Hosts: []string{"only.example"}})
	want := Clouds()["china"]
	want.ACS, want.Hosts = "acs.example", []string{"only.example"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("overridden cloud (-want +got):\n%s", diff)
	}
	if kept := Clouds()["china"].ACS; kept == "acs.example" {
		t.Error("the override changed the table")
	}
}

func TestEveryFieldOfACloudCanBeOverridden(t *testing.T) {
	full := Clouds()["worldwide"]
	full.GraphScope = "https://graph.example/.default"
	for v, i := reflect.ValueOf(full), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("the test does not set %s", v.Type().Field(i).Name)
		}
	}
	if diff := cmp.Diff(full, Clouds()["none"].Override(full)); diff != "" {
		t.Errorf("overridden cloud (-want +got):\n%s", diff)
	}
}
