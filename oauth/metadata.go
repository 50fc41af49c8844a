package oauth

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Metadata is an auth metadata document (/metadata/json/1): what an auth server
// or an Exchange organisation publishes about itself. [ParseMetadata] reads it,
// [MetadataHandler] writes it.
type Metadata struct {
	ID               string             `json:"id,omitempty"`
	Version          string             `json:"version,omitempty"`
	Name             string             `json:"name,omitempty"`
	Realm            string             `json:"realm,omitempty"`
	ServiceName      string             `json:"serviceName,omitempty"`
	Issuer           string             `json:"issuer,omitempty"` // id@realm; absent where no realm was asked for
	AllowedAudiences []string           `json:"allowedAudiences,omitempty"`
	Keys             []MetadataKey      `json:"keys"`
	Endpoints        []MetadataEndpoint `json:"endpoints,omitempty"`
}

// MetadataKey is one published certificate.
type MetadataKey struct {
	Usage string            `json:"usage"` // "signing", in any case
	Info  *MetadataKeyInfo  `json:"keyinfo,omitempty"`
	Value MetadataKeyDetail `json:"keyvalue"`
}

// MetadataKeyInfo names the certificate; ACS leaves it out.
type MetadataKeyInfo struct {
	X5T string `json:"x5t"`
}

// MetadataKeyDetail is the certificate, DER in base64.
type MetadataKeyDetail struct {
	Type  string `json:"type"` // "x509Certificate", in any case
	Value string `json:"value"`
}

// MetadataEndpoint is a place where the publisher does something.
type MetadataEndpoint struct {
	Location string `json:"location"`
	Protocol string `json:"protocol"`
	Usage    string `json:"usage"`
}

// ParseMetadata reads a document. Names of members and the words in them differ
// in case between ACS, Exchange and SharePoint; all are taken.
func ParseMetadata(data []byte) (*Metadata, error) {
	m := &Metadata{}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("oauth: the auth metadata document: %w", err)
	}
	if len(m.Keys) == 0 && len(m.Endpoints) == 0 {
		return nil, errors.New("oauth: the auth metadata document has neither keys nor endpoints")
	}
	return m, nil
}

// SigningCertificates returns the certificates that m publishes for signing. One
// that breaks the rules is left out and its fault reported in errs: it must be
// DER, RSA of 2048 bits or more, and be what its x5t says, if there is one.
// Chain and dates are for whoever uses it: auth certificates are self-signed.
func (m *Metadata) SigningCertificates() (certs []*x509.Certificate, errs []error) {
	for i, key := range m.Keys {
		if !strings.EqualFold(key.Usage, "signing") || !strings.EqualFold(key.Value.Type, "x509Certificate") {
			continue
		}
		cert, err := key.certificate()
		if err != nil {
			errs = append(errs, fmt.Errorf("oauth: key %d of the auth metadata document: %w", i+1, err))
			continue
		}
		certs = append(certs, cert)
	}
	return certs, errs
}

func (k MetadataKey) certificate() (*x509.Certificate, error) {
	der, err := base64.StdEncoding.DecodeString(k.Value.Value)
	if err != nil {
		return nil, errors.New("it is not base64")
	}
	if bytes.HasPrefix(der, []byte("-----BEGIN")) {
		return nil, errors.New("it is PEM, where DER is due")
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("it is no certificate: %w", err)
	}
	if public, ok := cert.PublicKey.(*rsa.PublicKey); !ok || public.N.BitLen() < minRSABits {
		return nil, fmt.Errorf("it is not RSA of at least %d bits", minRSABits)
	}
	if k.Info != nil && k.Info.X5T != "" && !sameX5T(k.Info.X5T, cert) {
		return nil, errors.New("it is not the certificate that its x5t names")
	}
	return cert, nil
}

// Endpoint returns the location of the endpoint for that protocol and usage, or
// "".
func (m *Metadata) Endpoint(protocol, usage string) string {
	for _, e := range m.Endpoints {
		if strings.EqualFold(e.Protocol, protocol) && strings.EqualFold(e.Usage, usage) {
			return e.Location
		}
	}
	return ""
}

// sameX5T compares the SHA-1 of a certificate with an x5t, which some tools
// write with padding or in the standard alphabet.
func sameX5T(text string, cert *x509.Certificate) bool {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	return text == x5t(cert)
}
