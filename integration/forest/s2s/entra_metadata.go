package s2s

import (
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"net/http"
	"time"
)

// answerConfiguration is the OpenID configuration of a tenant. Whatever name it
// was asked by, the endpoints name the GUID.
func (e *Entra) answerConfiguration(tenant string) reply {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.metadataRequests++
	fault := e.MetadataFault.next()
	d, refused := e.tenant(tenant)
	if refused != nil {
		return fault.over(e.refusal(refused, EntraRequest{Time: time.Now().Add(e.Ahead)}))
	}
	base := "https://" + e.Host + "/" + d.ID
	return fault.over(jsonReply(http.StatusOK, map[string]any{
		"token_endpoint":                                   e.TokenEndpoint(d.ID),
		"token_endpoint_auth_methods_supported":            []string{"private_key_jwt"},
		"jwks_uri":                                         base + "/discovery/v2.0/keys",
		"issuer":                                           base + "/v2.0",
		"authorization_endpoint":                           base + "/oauth2/v2.0/authorize",
		"device_authorization_endpoint":                    base + "/oauth2/v2.0/devicecode",
		"id_token_signing_alg_values_supported":            []string{"RS256"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"PS256", "RS256"},
		"cloud_instance_name":                              e.Host,
	}))
}

// answerInstance tells clients that this host is a login host of its cloud.
func (e *Entra) answerInstance() reply {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.metadataRequests++
	return e.MetadataFault.next().over(jsonReply(http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": "https://" + e.Host + "/common/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []map[string]any{
			{"preferred_network": e.Host, "preferred_cache": e.Host, "aliases": []string{e.Host}},
		},
	}))
}

// answerKeys is the JSON Web Key Set with which tokens can be verified (RFC 7517).
func (e *Entra) answerKeys(tenant string) reply {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.metadataRequests++
	fault := e.MetadataFault.next()
	if _, refused := e.tenant(tenant); refused != nil {
		return fault.over(e.refusal(refused, EntraRequest{Time: time.Now().Add(e.Ahead)}))
	}
	keys := []map[string]any{}
	for _, k := range e.Signing {
		public, isRSA := k.Certificate.PublicKey.(*rsa.PublicKey)
		if !isRSA {
			continue
		}
		encode := base64.RawURLEncoding.EncodeToString
		keys = append(keys, map[string]any{
			"kty": "RSA", "use": "sig", "kid": k.X5T(), "x5t": k.X5T(),
			"n": encode(public.N.Bytes()), "e": encode(big.NewInt(int64(public.E)).Bytes()),
			"x5c": []string{base64.StdEncoding.EncodeToString(k.Certificate.Raw)},
		})
	}
	return fault.over(jsonReply(http.StatusOK, map[string]any{"keys": keys}))
}
