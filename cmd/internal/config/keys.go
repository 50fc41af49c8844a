package config

import "reflect"

// Key is a key of the file as the manual page describes it.
type Key struct {
	Name        string // with the sections that hold it: "admin.listen", "auth_servers[].name"
	Default     string // in the spelling of the file; "" for none
	Description string // the comment of the example
	Note        string // what this version does not serve; "" for nothing
}

// Keys are all keys in the order of the file, sections before what they hold.
func Keys() []Key {
	var keys []Key
	explained := descriptions()
	walk := map[reflect.Type]int{} // sections that are open, since one must not hold itself
	var list func(at string, t reflect.Type)
	list = func(at string, t reflect.Type) {
		for t.Kind() == reflect.Slice {
			t, at = t.Elem(), at+"[]"
		}
		if !isSection(t) || walk[t] > 0 {
			return
		}
		walk[t]++
		defer func() { walk[t]-- }()
		for _, f := range fieldsOf(t) {
			k := Key{Name: below(at, f.name), Default: f.standard, Description: explained[fieldOf{owner(t, f), f.goName}]}
			for _, later := range laterKeys {
				if later == k.Name && k.Default != "" {
					k.Note = "in this version only " + k.Default
				} else if later == k.Name {
					k.Note = notAvailable
				}
			}
			keys = append(keys, k)
			list(k.Name, f.typ)
		}
	}
	list("", reflect.TypeFor[Config]())
	return keys
}
