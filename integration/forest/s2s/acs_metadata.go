package s2s

import (
	"net/http"
	"time"
)

// answerMetadata is the document of a realm, or, without one, that of nobody in
// particular, which names no issuer.
func (a *ACS) answerMetadata(realm string) reply {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.metadataRequests++
	fault := a.MetadataFault.next()
	if realm == "" {
		return fault.over(jsonReply(http.StatusOK, a.document("")))
	}
	tenant := a.tenant(realm)
	if tenant == nil {
		return fault.over(a.refusal(unknownRealm(realm), time.Now()))
	}
	return fault.over(jsonReply(http.StatusOK, a.document(tenant.ID)))
}

func (a *ACS) document(tenant string) metadataDocument {
	base := a.BaseURL
	if base == "" {
		base = "https://" + a.Host
	}
	audience := Principal{ID: a.principal(), Host: a.Host, Realm: "*"}
	doc := metadataDocument{Version: "1.0", Name: "ACS", ServiceName: a.principal()}
	if tenant != "" {
		doc.Realm, audience.Realm = tenant, tenant
		doc.Issuer = a.principal() + "@" + tenant
		base += "/" + tenant
	}
	doc.AllowedAudiences = []string{audience.String()}
	doc.Endpoints = []metadataEndpoint{
		{Location: base + "/tokens/OAuth/2", Protocol: "OAuth2", Usage: "issuance"},
		{Location: base + "/tokens/delegation/1", Protocol: "DelegationIssuance1.0", Usage: "issuance"},
		{Location: base + "/mgmt/delegation/1", Protocol: "DelegationManagement1.0", Usage: "management"},
	}
	for _, k := range a.Signing[min(a.Unlisted, len(a.Signing)):] {
		doc.Keys = append(doc.Keys, metadataKey{Usage: "signing", ACSValue: keyValue(k.Certificate)})
	}
	return doc
}
