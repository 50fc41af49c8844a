package s2s

import (
	"cmp"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// assertionType is the only kind of client assertion that Entra takes (RFC 7523 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// answerToken answers a request for an access token and remembers it.
func (e *Entra) answerToken(r *http.Request, tenant string) reply {
	form, refused := readEntraForm(r)
	e.mu.Lock()
	defer e.mu.Unlock()
	seen := EntraRequest{
		Time: time.Now().Add(e.Ahead), Tenant: tenant, Client: form.Get("client_id"), Scope: form.Get("scope"),
		ClientRequestID: r.Header.Get("client-request-id"),
	}
	fault := e.TokenFault.next()
	var answer reply
	if !fault.instead() {
		answer = e.judge(form, refused, &seen)
		answer.header.Set("x-ms-request-id", guid("request", seen.Time.String()))
		if strings.EqualFold(r.Header.Get("return-client-request-id"), "true") && seen.ClientRequestID != "" {
			answer.header.Set("client-request-id", seen.ClientRequestID)
		}
	}
	answer = fault.over(answer)
	seen.Status = answer.status
	e.requests = append(e.requests, seen)
	return answer
}

func (e *Entra) judge(form url.Values, refused *EntraError, seen *EntraRequest) reply {
	token, refused := e.issue(form, cmp.Or(e.refused(), refused), seen)
	if refused != nil {
		seen.Code = refused.Code
		return e.refusal(refused, *seen)
	}
	return token
}

// readEntraForm reads the parameters, each of which must be there once, and all
// of them in the body.
func readEntraForm(r *http.Request) (url.Values, *EntraError) {
	if r.Method != http.MethodPost {
		return nil, entraRequest("invalid_request", 900561, "The endpoint only accepts POST requests. Received a %s request.", clean(r.Method))
	}
	malformed := entraRequest("invalid_request", 9002313, "Invalid request. Request is malformed or invalid.")
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != formType {
		return nil, entraRequest("invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'.")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4*mostBytes))
	if err != nil {
		return nil, malformed
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, malformed
	}
	for _, values := range form {
		if len(values) > 1 {
			return form, malformed
		}
	}
	return form, checkEntraForm(form)
}

func checkEntraForm(form url.Values) *EntraError {
	for _, name := range []string{"grant_type", "client_id", "scope"} {
		if form.Get(name) == "" {
			return entraRequest("invalid_request", 900144, "The request body must contain the following parameter: '%s'.", name)
		}
	}
	if form.Get("grant_type") != "client_credentials" {
		return entraRequest("unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'.", clean(form.Get("grant_type")))
	}
	if form.Get("client_assertion") == "" {
		return entraClient(7000216, "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.")
	}
	if form.Get("client_assertion_type") != assertionType {
		return entraRequest("invalid_request", 90023, "The value of 'client_assertion_type' is not valid.")
	}
	return nil
}

// issue gives the token, if the assertion deserves it.
func (e *Entra) issue(form url.Values, refused *EntraError, seen *EntraRequest) (reply, *EntraError) {
	if refused != nil {
		return reply{}, refused
	}
	d, refused := e.tenant(seen.Tenant)
	if refused != nil {
		return reply{}, refused
	}
	app, refused := e.authenticate(d, form.Get("client_assertion"), seen)
	if refused != nil {
		return reply{}, refused
	}
	resource, audience, refused := d.scope(seen.Scope)
	if refused != nil {
		return reply{}, refused
	}
	if len(e.Signing) == 0 {
		unavailable := EntraUnavailable(0)
		return reply{}, &unavailable
	}
	life := cmp.Or(e.TokenLife, time.Hour-time.Second)
	draft := AccessToken(d.ID, *app, *resource, audience, Lives{From: seen.Time, Until: seen.Time.Add(life)})
	if e.Alter != nil {
		draft = e.Alter(draft)
	}
	return jsonReply(http.StatusOK, struct {
		TokenType    string `json:"token_type"`
		ExpiresIn    int    `json:"expires_in"`
		ExtExpiresIn int    `json:"ext_expires_in"`
		AccessToken  string `json:"access_token"`
	}{"Bearer", int(life / time.Second), int(life / time.Second), draft.Sign(e.Signing[0])}), nil
}

// tenant finds the directory of the path. Whose application asks cannot be
// guessed, so that common and its like are refused.
func (e *Entra) tenant(name string) (*Directory, *EntraError) {
	d := e.directory(name)
	switch {
	case d == nil && !strings.ContainsAny(name, ".-"):
		return nil, entraRequest("invalid_request", 900023, "Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain.", clean(name))
	case d == nil:
		return nil, entraRequest("invalid_request", 90002,
			"Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", clean(name))
	case d.Elsewhere:
		return nil, entraRequest("invalid_request", 900382, "Confidential Client is not supported in Cross Cloud request.")
	}
	return d, nil
}

// scope finds the one API that the scope names. An application without users
// asks for all that it was granted, and for one API (v2-oauth2-client-creds-grant-flow).
// The scopes of OpenID Connect, which MSAL for Go sends along, mean nothing to it.
func (d *Directory) scope(scope string) (resource *Resource, audience string, refused *EntraError) {
	scopes := slices.DeleteFunc(strings.Fields(scope), func(s string) bool {
		return slices.Contains([]string{"openid", "offline_access", "profile", "email"}, s)
	})
	if len(scopes) > 1 {
		return nil, "", entraRequest("invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid. The scope %s is not valid.", clean(scope))
	}
	audience, found := strings.CutSuffix(strings.Join(scopes, ""), "/.default")
	if !found {
		return nil, "", entraRequest("invalid_scope", 1002012,
			"The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", clean(scope))
	}
	if resource = d.resource(audience); resource == nil {
		return nil, "", entraRequest("invalid_resource", 500011,
			"The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
			clean(audience), d.ID)
	}
	return resource, audience, nil
}

// AccessToken drafts the app-only token of version 1.0 that Graph and Exchange
// Online take (access-token-claims-reference): its audience is the resource as it
// was asked for, and it has roles only where there was consent.
func AccessToken(tenant string, app Application, resource Resource, audience string, l Lives) Draft {
	issuer := EntraIssuer(tenant)
	d := Draft{header: []member{{"typ", "JWT"}, {"alg", "RS256"}, {"x5t", nil}}}
	d = d.Claim("aud", audience).Claim("iss", issuer)
	d = d.Claim("iat", l.From.Unix()).Claim("nbf", l.From.Unix()).Claim("exp", l.Until.Unix())
	d = d.Claim("app_displayname", app.Name).Claim("appid", app.ID).Claim("appidacr", "2") // 2: a certificate
	d = d.Claim("idp", issuer).Claim("idtyp", "app").Claim("oid", app.ObjectID).Claim("sub", app.ObjectID)
	if roles := app.Roles[resource.ID]; len(roles) > 0 {
		d = d.Claim("roles", roles)
	}
	return d.Claim("tid", tenant).Claim("uti", guid("uti", l.From.String())).Claim("ver", "1.0")
}

// EntraIssuer is the iss of the access tokens of a tenant.
func EntraIssuer(tenant string) string { return "https://sts.windows.net/" + tenant + "/" }
