package check

import (
	"slices"
)

// needs says what has to be well before a step can be: a Finding that fails
// together with one of those that it needs, about the same connector, fails
// because of it.
var needs = map[string][]string{
	"network.proxy":      nil,
	"network.reach":      {"network.proxy"},
	"network.clock":      {"network.reach"},
	"oauth.metadata":     {"network.reach"},
	"token.issue":        {"network.reach", "network.clock", "oauth.metadata", "certificate.usable"},
	"discovery.endpoint": {"network.reach", "token.issue"},
	"discovery.answers":  {"network.reach"},
	"lookup.answer":      {"network.reach", "token.issue", "routing.connector", "discovery.endpoint", "exports.ews_access"},
	"lookup.ews":         {"network.reach", "token.issue", "discovery.endpoint", "exports.ews_access"},
	"lookup.graph":       {"network.reach", "token.issue"},
	"shadow.equal":       {"network.reach", "token.issue", "discovery.endpoint", "lookup.ews", "lookup.graph", "lookup.answer"},
}

// needsAtAll reports whether a step needs another, directly or by others.
func needsAtAll(step, other string) bool {
	for _, need := range needs[step] {
		if need == other || needsAtAll(need, other) {
			return true
		}
	}
	return false
}

// ranked marks followers and puts findings into the order of a Report.
func ranked(findings []Finding) []Finding {
	marked := slices.Clone(findings)
	roots := make([]int, len(marked))
	for i := range marked {
		if roots[i] = rootOf(marked, i); roots[i] != i {
			marked[i].Follows = marked[roots[i]].ID
		}
	}
	ordered := []Finding{}
	for root, f := range marked {
		if f.Severity != Fail || f.Follows != "" {
			continue
		}
		for i, at := range roots {
			if at == root {
				ordered = append(ordered, marked[i])
			}
		}
	}
	for _, severity := range []Severity{Warn, OK} {
		for _, f := range marked {
			if f.Severity == severity {
				ordered = append(ordered, f)
			}
		}
	}
	return ordered
}

// rootOf finds the first failure, in the order of the path, that the one at i
// needs, or i itself.
func rootOf(findings []Finding, i int) int {
	f := findings[i]
	if f.Severity != Fail {
		return i
	}
	for at, before := range findings[:i] {
		if before.Severity == Fail && before.Follows == "" && sameScope(before, f) && needsAtAll(f.ID, before.ID) {
			return at
		}
	}
	return i
}

func sameScope(a, b Finding) bool { return a.Scope == "" || b.Scope == "" || a.Scope == b.Scope }
