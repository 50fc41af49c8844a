package conflicts

import (
	"slices"
	"strings"
)

// covers reports whether a pattern, a domain or *.suffix, stands for a domain.
func covers(pattern, domain string) bool {
	pattern, domain = strings.ToLower(pattern), strings.ToLower(domain)
	if suffix, ok := strings.CutPrefix(pattern, "*."); ok {
		return strings.HasSuffix(domain, "."+suffix)
	}
	return pattern == domain
}

// overlap reports whether some domain belongs to both patterns.
func overlap(a, b string) bool {
	bare := func(p string) string { return "x." + strings.TrimPrefix(p, "*.") } // one below a suffix
	if strings.HasPrefix(a, "*.") && strings.HasPrefix(b, "*.") {
		return covers(a, bare(b)) || covers(b, bare(a))
	}
	return covers(a, b) || covers(b, a)
}

// overlapping are those of ours that also belong to one of theirs.
func overlapping(ours, theirs []string) []string {
	var both []string
	for _, own := range ours {
		if slices.ContainsFunc(theirs, func(their string) bool { return overlap(own, their) }) {
			both = append(both, own)
		}
	}
	return both
}

// domains are those of all connectors.
func (o Ours) domains() []string {
	var all []string
	for _, c := range o.Connectors {
		all = append(all, c.Domains...)
	}
	return all
}
