package s2s

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	formType  = "application/x-www-form-urlencoded"
	grantType = "http://oauth.net/grant_type/jwt/1.0/bearer"
)

// answerToken answers a request for an actor token and remembers it.
func (a *ACS) answerToken(r *http.Request, realm string) reply {
	form, malformed := readForm(r)
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := TokenRequest{Time: time.Now().Add(a.Ahead), Realm: realm, Resource: form.Get("resource")}
	fault := a.TokenFault.next()
	var answer reply
	if !fault.instead() {
		answer = a.judge(form, malformed, &seen)
	}
	answer = fault.over(answer)
	seen.Status = answer.status
	a.requests = append(a.requests, seen)
	return answer
}

func (a *ACS) judge(form url.Values, refusal *acsRefusal, seen *TokenRequest) reply {
	var token reply
	if refusal == nil {
		token, refusal = a.issue(form, seen)
	}
	if refusal != nil {
		seen.Codes = refusal.codes
		return a.refusal(refusal, seen.Time)
	}
	return token
}

// readForm reads the three parameters, each of which must be there once, and all
// of them in the body.
func readForm(r *http.Request) (url.Values, *acsRefusal) {
	if r.Method != http.MethodPost {
		return nil, badRequest("invalid_request", 900561, "The endpoint only accepts POST requests. Received a %s request.", clean(r.Method))
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != formType || r.URL.RawQuery != "" {
		return nil, badRequest("invalid_request", 900144, "The request body must contain the parameters, as %s.", formType)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4*mostBytes))
	if err != nil {
		return nil, badRequest("invalid_request", 9002313, "Invalid request. Request is malformed or invalid.")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, badRequest("invalid_request", 9002313, "Invalid request. Request is malformed or invalid.")
	}
	for _, name := range []string{"grant_type", "assertion", "resource"} {
		switch len(form[name]) {
		case 0:
			return form, badRequest("invalid_request", 900144, "The request body must contain the following parameter: '%s'.", name)
		case 1:
		default:
			return form, badRequest("invalid_request", 9002313, "Invalid request. Request is malformed or invalid: '%s' is duplicated.", name)
		}
	}
	if form.Get("grant_type") != grantType {
		return form, badRequest("unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'.", clean(form.Get("grant_type")))
	}
	return form, nil
}

// issue gives the token, if the assertion deserves it.
func (a *ACS) issue(form url.Values, seen *TokenRequest) (reply, *acsRefusal) {
	if a.Refuse != 0 {
		return reply{}, badRequest("invalid_grant", a.Refuse, "The request is refused.")
	}
	tenant := a.tenant(seen.Realm)
	if tenant == nil {
		return reply{}, unknownRealm(seen.Realm)
	}
	client, refusal := a.client(form.Get("assertion"), tenant, seen)
	if refusal != nil {
		return reply{}, refusal
	}
	resource, err := ParsePrincipal(seen.Resource)
	if err != nil || !tenant.offers(resource) {
		return reply{}, unknownResource(seen.Resource, tenant.ID)
	}
	if len(a.Signing) == 0 {
		return reply{}, &acsRefusal{http.StatusServiceUnavailable, "temporarily_unavailable", []int{90033}, "AADSTS90033: A transient error has occurred. Please try again."}
	}
	resource.Realm = tenant.ID
	from, until := seen.Time.Add(-5*time.Minute), seen.Time.Add(a.tokenLife())
	draft := a.actorToken(client, tenant.ID, resource, from, until)
	if a.Alter != nil {
		draft = a.Alter(draft)
	}
	return jsonReply(http.StatusOK, tokenResponse{
		TokenType: "Bearer", AccessToken: draft.Sign(a.Signing[0]),
		ExpiresIn: strconv.Itoa(int(until.Sub(seen.Time) / time.Second)),
		NotBefore: seconds(from), ExpiresOn: seconds(until), Resource: seen.Resource,
	}), nil
}

// tokenResponse has all its numbers as strings.
type tokenResponse struct {
	TokenType   string `json:"token_type"`
	AccessToken string `json:"access_token"`
	ExpiresIn   string `json:"expires_in"`
	NotBefore   string `json:"not_before"`
	ExpiresOn   string `json:"expires_on"`
	Resource    string `json:"resource"`
}

// actorToken drafts the token as captures of the real one show it: backdated by
// five minutes, dates as numbers, kid beside x5t, oid and sub alike.
func (a *ACS) actorToken(c Client, tenant string, resource Principal, from, until time.Time) Draft {
	issuer := Principal{ID: a.principal(), Realm: tenant}.String()
	d := Draft{}.Header("typ", "JWT").Header("alg", "RS256")
	d = d.Header("x5t", a.Signing[0].X5T()).Header("kid", a.Signing[0].X5T())
	d = d.Claim("aud", resource.String()).Claim("iss", issuer)
	d = d.Claim("iat", from.Unix()).Claim("nbf", from.Unix()).Claim("exp", until.Unix())
	d = d.Claim("identityprovider", issuer).Claim("nameid", c.ID+"@"+tenant)
	return d.Claim("oid", c.ObjectID).Claim("sub", c.ObjectID).Claim("trustedfordelegation", "true")
}

func (a *ACS) tokenLife() time.Duration {
	if a.TokenLife == 0 {
		return 24 * time.Hour
	}
	return a.TokenLife
}

// offers reports whether tokens for that resource can be asked for in the
// tenant, by its GUID or by one of its domains.
func (t *Tenant) offers(resource Principal) bool {
	inTenant := func(realm string) bool { return strings.EqualFold(realm, resource.Realm) }
	if resource.Host == "" || !inTenant(t.ID) && !slices.ContainsFunc(t.Domains, inTenant) {
		return false
	}
	return slices.ContainsFunc(t.Resources, func(spn string) bool {
		id, host, _ := strings.Cut(spn, "/")
		return id == resource.ID && covers(host, resource.Host)
	})
}
