package s2s

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
)

// Metadata is the authentication metadata of an Exchange organisation, as its
// servers publish it at /autodiscover/metadata/json/1, to everybody. It is an
// [http.Handler] that looks at no path.
type Metadata struct {
	Realm        string // "" is *, as in an organisation without Set-AuthConfig -Realm
	Location     string // URL of the document itself
	Certificates []*x509.Certificate
}

var _ http.Handler = Metadata{}

// metadataDocument is the document of both Exchange and ACS; what one of them
// does not write is left out.
type metadataDocument struct {
	ID               string             `json:"id,omitempty"`
	Version          string             `json:"version"`
	Name             string             `json:"name"`
	Realm            string             `json:"realm,omitempty"`
	ServiceName      string             `json:"serviceName"`
	Issuer           string             `json:"issuer,omitempty"`
	AllowedAudiences []string           `json:"allowedAudiences"`
	Keys             []metadataKey      `json:"keys"`
	Endpoints        []metadataEndpoint `json:"endpoints"`
}

type metadataKey struct {
	Usage   string           `json:"usage"`
	KeyInfo *metadataKeyInfo `json:"keyinfo,omitempty"`
	// Exchange writes keyvalue and ACS keyValue, so one of them is always nil.
	ExchangeValue *metadataKeyValue `json:"keyvalue,omitempty"`
	ACSValue      *metadataKeyValue `json:"keyValue,omitempty"`
}

type metadataKeyInfo struct {
	X5T string `json:"x5t"`
}

type metadataKeyValue struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type metadataEndpoint struct {
	Location string `json:"location"`
	Protocol string `json:"protocol"`
	Usage    string `json:"usage"`
}

// ServeHTTP implements [http.Handler].
func (m Metadata) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	jsonReply(http.StatusOK, m.document()).send(w, r)
}

func (m Metadata) document() metadataDocument {
	realm := m.Realm
	if realm == "" {
		realm = "*"
	}
	doc := metadataDocument{
		ID: "_" + guid("exchange metadata", realm), Version: "1.0", Name: "Exchange", Realm: realm,
		ServiceName:      ExchangePrincipal,
		Issuer:           ExchangePrincipal + "@" + realm,
		AllowedAudiences: []string{ExchangePrincipal + "@" + realm},
		Endpoints:        []metadataEndpoint{{Location: m.Location, Protocol: "OAuth2", Usage: "metadata"}},
	}
	for _, certificate := range m.Certificates {
		doc.Keys = append(doc.Keys, metadataKey{
			Usage: "signing", KeyInfo: &metadataKeyInfo{X5T(certificate)}, ExchangeValue: keyValue(certificate),
		})
	}
	return doc
}

func keyValue(certificate *x509.Certificate) *metadataKeyValue {
	return &metadataKeyValue{Type: "x509Certificate", Value: base64.StdEncoding.EncodeToString(certificate.Raw)}
}

func jsonReply(status int, document any) reply {
	body, err := json.Marshal(document)
	if err != nil {
		return reply{status: http.StatusInternalServerError}
	}
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	return reply{status: status, header: header, body: body}
}
