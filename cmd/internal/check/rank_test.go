package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheRootCauseComesFirst(t *testing.T) {
	at := func(id string, severity Severity, scope string) Finding {
		return Finding{ID: id, Severity: severity, Scope: scope}
	}
	tests := map[string]struct {
		in   []Finding
		want []string // id, and what it follows
	}{
		"nothing fails": {
			[]Finding{at("network.reach", OK, "A"), at("token.issue", Warn, "A")},
			[]string{"token.issue", "network.reach"},
		},
		"a dead host is not drowned by what needs it": {
			[]Finding{at("configuration.warning", Warn, ""), at("network.reach", Fail, "A"), at("token.issue", Fail, "A"), at("discovery.endpoint", Fail, "A"), at("lookup.answer", Fail, "A")},
			[]string{"network.reach", "token.issue<network.reach", "discovery.endpoint<network.reach", "lookup.answer<network.reach", "configuration.warning"},
		},
		"what fails by itself stays a root": {
			[]Finding{at("clients.allow", Fail, ""), at("token.issue", Fail, "A"), at("lookup.answer", Fail, "A")},
			[]string{"clients.allow", "token.issue", "lookup.answer<token.issue"},
		},
		"the certificate of all connectors": {
			[]Finding{at("certificate.usable", Fail, ""), at("token.issue", Fail, "A"), at("token.issue", Fail, "B")},
			[]string{"certificate.usable", "token.issue<certificate.usable", "token.issue<certificate.usable"},
		},
		"another connector is not to blame": {
			[]Finding{at("network.reach", Fail, "A"), at("network.reach", OK, "B"), at("token.issue", Fail, "B")},
			[]string{"network.reach", "token.issue", "network.reach"},
		},
		"two dead hosts have each follower once": {
			[]Finding{at("network.reach", Fail, "A"), at("network.reach", Fail, "A"), at("token.issue", Fail, "A")},
			[]string{"network.reach", "token.issue<network.reach", "network.reach"},
		},
		"a follower of a follower names the root": {
			[]Finding{at("network.clock", Fail, "A"), at("token.issue", Fail, "A"), at("shadow.equal", Fail, "A")},
			[]string{"network.clock", "token.issue<network.clock", "shadow.equal<network.clock"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range NewReport(tt.in).Findings {
				id := f.ID
				if f.Follows != "" {
					id += "<" + f.Follows
				}
				got = append(got, id)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
