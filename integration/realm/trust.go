package realm

import "testing"

// Trust gives accounts of other the way to services of r. It returns the settings
// for [Realm.LogOn] with which an account of other finds that way to services on
// this machine.
func (r *Realm) Trust(t testing.TB, other *Realm) (settings []string) {
	t.Helper()
	way := "krbtgt/" + r.Name + "@" + other.Name
	for _, side := range []*Realm{r, other} {
		side.admin(t, "addprinc", "-pw", "known to both", way)
	}
	return []string{
		"[realms]", r.Name + " = {", "kdc = " + r.KDC, "}",
		"[domain_realm]", "localhost = " + r.Name,
	}
}
