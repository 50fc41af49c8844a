package config

import (
	"reflect"
	"slices"
)

// laterKeys are the keys that the contract knows and this version does not
// serve. Any value but the default is an error. To serve one, delete its row.
var laterKeys = []string{
	"clients.oauth",
	"auth_config.certificate.thumbprint",
	"auth_config.certificate.pkcs11",
	"auth_config.next_certificate.thumbprint",
	"auth_config.next_certificate.pkcs11",
	"auth_config.previous_certificate.thumbprint",
	"auth_config.previous_certificate.pkcs11",
	"auth_servers[].certificate.thumbprint",
	"auth_servers[].certificate.pkcs11",
	"partner_applications",
	"intra_organization_connectors[].authentication",
	"intra_organization_connectors[].credentials",
}

const notAvailable = "not available in this version"

// unavailable reports every key of laterKeys that is in use.
func (c *checker) unavailable() {
	v := reflect.ValueOf(c.Config).Elem()
	visit("", v, newDefault(v.Type()), func(key string, v, standard reflect.Value) {
		if slices.Contains(laterKeys, general(key)) && differs(v, standard) {
			c.fail(key, notAvailable, "")
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
