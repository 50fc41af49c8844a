package capture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Redactor takes out of messages, in both directions and of every kind that leaves or
// reaches us, whatever is somebody's, and leaves what says how they are made and what
// went wrong.
type Redactor struct{ placeholders }

// NewRedactor names mailboxes by alias, and makes the texts with which servers
// explain an error fit for others by said.
func NewRedactor(alias, said func(string) string) Redactor {
	p := newPlaceholders()
	p.open = &open{alias, said}
	return Redactor{p}
}

// open is what more may be seen than in the requests of a capture. Hosts may, since
// logs and traces tell them anyway.
type open struct {
	alias func(address string) string
	said  func(text string) string
}

// Body is the redacted body of a message with that head, of which this much is known.
func (r Redactor) Body(head http.Header, body []byte) string {
	kind, _, err := mime.ParseMediaType(head.Get("Content-Type"))
	switch {
	case len(body) == 0:
		return ""
	case err != nil || head.Get("Content-Encoding") != "":
	case kind == "text/xml" || kind == "application/xml" || kind == "application/soap+xml":
		return string(r.document(body))
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		return r.json(body)
	case kind == "application/x-www-form-urlencoded":
		return r.form(body)
	}
	return fmt.Sprintf("(%d bytes that cannot be read)", len(body))
}

// Field is the redacted value of a field of a head.
func (r Redactor) Field(name, value string) string {
	switch {
	case name == "Set-Cookie":
		return r.secret(value)
	case name == "Www-Authenticate" || name == "X-Ms-Diagnostics":
		return r.open.explained(value)
	case slices.Contains(idFields, name) && idLike.MatchString(value):
		return value
	}
	return r.field(name, value)
}

// URL is u without a user, a query or an address.
func (r Redactor) URL(u *url.URL) string { return r.open.url(u) }

// idFields name a request to its server, so that it can be found there.
var idFields = []string{
	"Request-Id", "X-Ms-Request-Id", "Client-Request-Id", "X-Feserver", "X-Beserver", "X-Calculatedbetarget", "Retry-After", "Date", "Server",
}

var idLike = regexp.MustCompile(`^[\w.:,/() -]{1,100}$`)

// url keeps host and path.
func (o *open) url(u *url.URL) string {
	shown := u.Scheme + "://" + u.Host + o.said(u.EscapedPath())
	if u.RawQuery != "" {
		shown += "?(query)"
	}
	return shown
}

// opaque is a word that may be a token, a key or an assertion, whatever it begins with.
var opaque = regexp.MustCompile(`[\w+/=~.-]{24,}`)

// explained is a text in which a server explains an error. What is neither a word, a
// GUID nor a name of a host does not stay in it.
func (o *open) explained(text string) string {
	return opaque.ReplaceAllStringFunc(o.said(text), func(word string) string {
		if wordLike.MatchString(word) {
			return word
		}
		return "(secret)"
	})
}

var wordLike = regexp.MustCompile(`(?i)^([a-z]{1,20}[._/-]?)+$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}([./-].*)?$|^[a-z0-9-]{1,30}(\.[a-z0-9-]{1,30})+$`)

// Names of elements, attributes and keys: of what only people are to see, of what
// explains an error, and of what is a word of a protocol.
var (
	personal     = regexp.MustCompile(`(?i)^(subject|location|displayname|userdisplayname|name|givenname|surname|body|preview)$`)
	explains     = regexp.MustCompile(`(?i)^(messagetext|errormessage|faultstring|message|error_description|reason|text)$`)
	protocol     = regexp.MustCompile(`(?i)^(responsecode|code|errorcode|faultcode|error|status|token_type|grant_type|client_assertion_type|protocol|usage|issuingauthority|exceptiontype|busytype|freebusyviewtype|responseclass)$`)
	protocolWord = regexp.MustCompile(`^[A-Za-z]+([_:.-][A-Za-z0-9]+){0,8}$`)
	mergedDigits = regexp.MustCompile(`^[0-5]+$`)
)

// underName is value under the name of what it stands in, if that says more than the
// value itself does.
func (p placeholders) underName(name, value string) (shown string, known bool) {
	if personal.MatchString(name) && p.open != nil {
		return p.text(value), true
	}
	switch {
	case p.open == nil:
		return "", false
	case protocol.MatchString(name) && protocolWord.MatchString(value):
		return value, true
	case explains.MatchString(name):
		return p.open.explained(value), true
	case strings.EqualFold(name, "MergedFreeBusy") || strings.EqualFold(name, "availabilityView"):
		return value, mergedDigits.MatchString(value)
	}
	return "", false
}

// plainForm are the parameters of a request for a token that say nothing about a
// credential; principals and scopes name applications.
var plainForm = []string{"grant_type", "client_assertion_type", "resource", "scope", "client_id", "requested_token_use"}

// form is what a request for a token sends (RFC 6749 4.4.2).
func (r Redactor) form(body []byte) string {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return fmt.Sprintf("(%d bytes that cannot be read)", len(body))
	}
	var parts []string
	for name, list := range values {
		for _, value := range list {
			shown := r.secret(value)
			if slices.Contains(plainForm, name) {
				shown = r.open.said(value)
			} else {
				name = r.key(name)
			}
			parts = append(parts, name+"="+shown)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "&")
}

var keyLike = regexp.MustCompile(`^(@odata\.)?[A-Za-z_][A-Za-z0-9_.]{0,60}$`)

// key is a name that the sender could have chosen.
func (r Redactor) key(name string) string {
	if keyLike.MatchString(name) {
		return name
	}
	return r.text(name)
}

// json is a document with its values replaced; nothing is shown of one that cannot
// be read.
func (r Redactor) json(body []byte) string {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil || d.More() {
		return fmt.Sprintf("(%d bytes that cannot be read)", len(body))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r.member("", value, false)); err != nil {
		return fmt.Sprintf("(%d bytes that cannot be written)", len(body))
	}
	return strings.TrimSpace(b.String())
}

// member is value under the nearest name around it. Within what is sealed, nothing
// is harmless.
func (r Redactor) member(name string, value any, secret bool) any {
	switch value := value.(type) {
	case string:
		if shown, known := r.underName(name, value); known && !secret {
			return shown
		}
		if secret {
			return r.secret(value)
		}
		return r.value(value)
	case []any:
		for i := range value {
			value[i] = r.member(name, value[i], secret)
		}
		return value
	case map[string]any:
		shown := make(map[string]any, len(value))
		for key, inner := range value {
			shown[r.key(key)] = r.member(key, inner, secret || hides(key))
		}
		return shown
	case json.Number:
		if secret {
			return r.secret(value.String())
		}
	}
	return value
}

// hides reports whether all under that key is secret.
func hides(key string) bool { return sealed.MatchString(key) && !protocol.MatchString(key) }
