package s2s

import (
	"crypto/x509"
	"net/http"
)

// Metadata is the authentication metadata of an Exchange organisation, as its
// servers publish it at /autodiscover/metadata/json/1. It is an [http.Handler]
// that looks at no path.
type Metadata struct {
	Realm        string // "" is *
	Location     string // URL of the document itself
	Certificates []*x509.Certificate
}

// ServeHTTP implements [http.Handler].
func (m Metadata) ServeHTTP(w http.ResponseWriter, r *http.Request) {}
