package oauth

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
)

// MetadataHandler publishes our own auth metadata document, as Exchange does at
// GET /autodiscover/metadata/json/1: anonymous and read-only, the certificates
// that sign now and next. It looks at no path and sees to the method.
type MetadataHandler struct {
	Certificates Certificates
	Realm        string // "" is "*"
	ServiceName  string // "" is ExchangeID
	Location     string // URL of the document itself; "" leaves the endpoint out
}

var _ http.Handler = MetadataHandler{}

// ServeHTTP implements [http.Handler].
func (h MetadataHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	document, err := json.Marshal(h.Document())
	if err != nil {
		http.Error(w, "the document could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(document) // nobody is left to tell when it fails
}

// Document is what is published.
func (h MetadataHandler) Document() *Metadata {
	realm, service := cmp.Or(h.Realm, "*"), cmp.Or(h.ServiceName, ExchangeID)
	self := Principal{ID: service, Realm: realm}.String()
	m := &Metadata{
		Version:          "1.0",
		Name:             "Exchange",
		Realm:            realm,
		ServiceName:      service,
		Issuer:           self,
		AllowedAudiences: []string{self},
	}
	sum := sha256.New()
	for _, cert := range h.Certificates.Published() {
		sum.Write(cert.DER())
		m.Keys = append(m.Keys, MetadataKey{
			Usage: "signing",
			Info:  &MetadataKeyInfo{X5T: cert.X5T()},
			Value: MetadataKeyDetail{Type: "x509Certificate", Value: base64.StdEncoding.EncodeToString(cert.DER())},
		})
	}
	id := sum.Sum(nil)
	m.ID = fmt.Sprintf("_%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])
	if h.Location != "" {
		m.Endpoints = []MetadataEndpoint{{Location: h.Location, Protocol: "OAuth2", Usage: "metadata"}}
	}
	return m
}
