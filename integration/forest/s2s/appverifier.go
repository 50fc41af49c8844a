package s2s

import (
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
	"time"
)

// AppVerifier decides whether an access token of [Entra] may pass that was given
// to an application, not to a user. Its zero value lets nobody pass. Its fields
// are set before it serves.
type AppVerifier struct {
	Audiences []string                   // the URIs this API is known by, and its application id
	Tenant    string                     // whose tokens it takes
	Keys      func() []*x509.Certificate // those that Entra signs with today
	Roles     []string                   // app roles of which one is needed
}

// AppCaller is the application that an accepted token was given to.
type AppCaller struct {
	AppID   string
	Tenant  string
	Roles   []string
	Expires time.Time
}

// IsAppToken reports whether the value of an Authorization header is, by its own
// word, a token of Entra and not one of server-to-server OAuth. It is not
// verified.
func IsAppToken(authorization string) bool {
	_, credentials, _ := strings.Cut(authorization, " ")
	t, err := readAppToken(strings.Trim(credentials, " "))
	return err == nil && strings.HasPrefix(t.claims.text("iss"), "https://")
}

func readAppToken(compact string) (*token, error) {
	return readCompact(compact, headerNames, []string{"aud", "iss", "nbf", "exp", "iat", "appid", "tid", "roles", "idtyp"}, hostile)
}

// VerifyRequest judges the token of a request, which must carry one Authorization
// header and no more. A Refusal with status 403 is for a token that is good and
// lacks the role.
func (v *AppVerifier) VerifyRequest(r *http.Request, now time.Time) (AppCaller, *Refusal) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return AppCaller{}, refuse(InvalidToken, invalidToken, "OAuth token submitted with the request can not be parsed. There is more than one.")
	}
	scheme, credentials, _ := strings.Cut(strings.Join(headers, ""), " ")
	if !strings.EqualFold(scheme, "Bearer") || strings.Trim(credentials, " ") == "" {
		return AppCaller{}, &Refusal{Status: http.StatusUnauthorized}
	}
	t, err := readAppToken(strings.Trim(credentials, " "))
	if err != nil {
		return AppCaller{}, unparsable(err)
	}
	return v.judge(t, now)
}

func (v *AppVerifier) judge(t *token, now time.Time) (AppCaller, *Refusal) {
	if v.Keys == nil || t.signedBy(v.Keys()) != nil {
		return AppCaller{}, refuse(InvalidSignature, invalidSignature, "The token has an invalid signature.")
	}
	if t.claims.text("tid") != v.Tenant || t.claims.text("iss") != EntraIssuer(v.Tenant) {
		return AppCaller{}, refuse(InvalidTenant, invalidTenant, "The tenant for tenant guid '%s' does not exist.", t.claims.text("tid"))
	}
	aud := strings.TrimSuffix(t.claims.text("aud"), "/")
	if !slices.ContainsFunc(v.Audiences, func(ours string) bool { return strings.EqualFold(ours, aud) }) {
		return AppCaller{}, refuse(InvalidResource, invalidResource, "The audience claim value is invalid '%s'.", aud)
	}
	lives, refusal := judgement{v: &Verifier{}, now: now}.lives(t.claims)
	if refusal != nil {
		return AppCaller{}, refusal
	}
	caller := AppCaller{AppID: t.claims.text("appid"), Tenant: v.Tenant, Roles: t.claims.texts("roles"), Expires: lives.Until}
	if caller.AppID == "" || t.claims.text("idtyp") != "app" {
		return AppCaller{}, refuse(InvalidToken, invalidToken, "The token was not given to an application.")
	}
	if !slices.ContainsFunc(v.Roles, func(role string) bool { return slices.Contains(caller.Roles, role) }) {
		lacks := refuse(InvalidGrant, invalidGrant, "The token contains not enough scope to make this call.")
		lacks.Status = http.StatusForbidden
		return caller, lacks
	}
	return caller, nil
}

// texts returns a member that is a list of strings, else nil.
func (o object) texts(name string) []string {
	list, _ := o[name].([]any)
	var all []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			all = append(all, text)
		}
	}
	return all
}
