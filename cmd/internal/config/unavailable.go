package config

import "reflect"

// laterKeys are the keys that the contract knows and this version does not
// serve. Any value but the default is an error, or, where only is set, just
// that value. To serve one, delete its row.
var laterKeys = []struct{ key, only string }{
	{key: "state_directory"},
	{key: "admin.allow_lookup"},
	{key: "admin.allow_mailboxes"},
	{key: "clients.oauth"},
	{key: "auth_config.certificate.thumbprint"},
	{key: "auth_config.certificate.pkcs11"},
	{key: "auth_config.next_certificate.thumbprint"},
	{key: "auth_config.next_certificate.pkcs11"},
	{key: "auth_config.previous_certificate.thumbprint"},
	{key: "auth_config.previous_certificate.pkcs11"},
	{key: "auth_servers[].type"},
	{key: "auth_servers[].certificate.thumbprint"},
	{key: "auth_servers[].certificate.pkcs11"},
	{key: "partner_applications"},
	{key: "intra_organization_connectors[].authentication"},
	{key: "intra_organization_connectors[].credentials"},
	{key: "intra_organization_connectors[].backend"},
	{key: "intra_organization_connectors[].shadow"},
	{key: "intra_organization_connectors[].graph"},
	{key: "intra_organization_connectors[].ews_end_date"},
	{key: "cache.snapshot"},
}

const notAvailable = "not available in this version"

// unavailable reports every key of laterKeys that is in use.
func (c *checker) unavailable() {
	v := reflect.ValueOf(c.Config).Elem()
	visit("", v, newDefault(v.Type()), func(key string, v, standard reflect.Value) {
		pattern := general(key)
		for _, later := range laterKeys {
			if later.key == pattern && differs(v, standard) && (later.only == "" || v.String() == later.only) {
				c.fail(key, notAvailable, "")
			}
		}
	})
}

// differs reports whether v is anything but the default; an empty list is the
// same as none.
func differs(v, standard reflect.Value) bool {
	if k := v.Kind(); (k == reflect.Slice || k == reflect.Map) && v.Len() == 0 {
		return false
	}
	return !reflect.DeepEqual(v.Interface(), standard.Interface())
}
