package forest

import (
	"cmp"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"availproxy/integration/forest/s2s"
)

// Graph answers getSchedule of Microsoft Graph v1.0 from a Truth, for applications
// without users (calendar-getschedule), at
//
//	POST /v1.0/users/<anchor mailbox>/calendar/getSchedule
//
// Its fields are set before it serves; Faults, Journal and Limits may be used at
// any time.
type Graph struct {
	Truth *Truth

	// Verifier decides who may ask. Nil lets everybody ask, and see details.
	Verifier *s2s.AppVerifier
	// Login is the URL that a refusal sends people to.
	Login string

	MostSchedules int // in one request: 20 by default, as documented; the live service has taken 100

	// The pages contradict each other; each of these takes the other side.
	ElsewhereIsFree bool // availabilityView says 0 for workingElsewhere, not 4
	BiasAhead       bool // a customTimeZone is east of UTC with a positive bias, not with a negative one
	ErrorNames      bool // responseCode is a name such as ErrorNoFreeBusyAccess, not its number

	Ahead time.Duration // how far its clock is wrong

	Faults  Switchboard
	Journal Journal
	Limits  GraphLimits
}

// graphPath has the anchor mailbox, or me, as its first group.
var graphPath = regexp.MustCompile(`(?i)^/v1\.0/(me|users/[^/]+)/calendar/(?:microsoft\.graph\.)?getSchedule$`)

// ServeHTTP implements [http.Handler].
func (g *Graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := Request{
		Time: time.Now(), Method: r.Method, Path: r.URL.Path, Host: r.Host, Remote: r.RemoteAddr, UserAgent: r.UserAgent(),
		RequestID: newGUID(), ClientRequestID: r.Header.Get("client-request-id"),
	}
	seen.Authorization, _, _ = strings.Cut(r.Header.Get("Authorization"), " ")
	status := g.Journal.watch(w, &seen)
	defer status.done()
	nameRequest(status, r, seen)
	if refused := g.serve(status, r, &seen); refused != nil {
		refused.write(status, seen)
	}
}

// nameRequest writes the ids by which Microsoft finds a request again. The
// client's own comes back when it asks for that.
func nameRequest(w http.ResponseWriter, r *http.Request, seen Request) {
	w.Header().Set("request-id", seen.RequestID)
	if seen.ClientRequestID != "" && strings.EqualFold(r.Header.Get("return-client-request-id"), "true") {
		w.Header().Set("client-request-id", seen.ClientRequestID)
	}
}

// serve answers, or returns why it does not.
func (g *Graph) serve(w http.ResponseWriter, r *http.Request, seen *Request) *graphError {
	path := graphPath.FindStringSubmatch(r.URL.Path)
	if path == nil {
		return &graphError{http.StatusNotFound, "UnknownError", "Resource not found for the segment.", 0}
	}
	caller, refused := g.admit(w, r)
	if refused != nil {
		return refused
	}
	seen.Actor, seen.Operation = caller.AppID, "getSchedule"
	if refused := g.address(r, path[1], seen); refused != nil {
		return refused
	}
	leave, refused := g.Limits.enter(seen.Actor, seen.Anchor, seen.Time)
	if refused != nil {
		return refused
	}
	defer leave()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	if err != nil {
		return badGraphRequest("RequestBodyRead", "The request body cannot be read.")
	}
	q, refused := g.read(body, r.Header)
	for _, t := range q.mailboxes {
		seen.Mailboxes = append(seen.Mailboxes, t.address)
	}
	f := g.Faults.strike(q.mailboxes)
	if f.instead(w, r, graphDialect{*seen}) {
		return nil
	}
	if refused != nil {
		g.Limits.exceeded(refused)
		return refused
	}
	g.answer(w, r, q, f, caller)
	return nil
}

// admit judges the access token.
func (g *Graph) admit(w http.ResponseWriter, r *http.Request) (s2s.AppCaller, *graphError) {
	if g.Verifier == nil {
		return s2s.AppCaller{Roles: []string{s2s.RoleCalendarsRead}}, nil
	}
	caller, refusal := g.Verifier.VerifyRequest(r, time.Now().Add(g.Ahead))
	if refusal == nil {
		return caller, nil
	}
	if refusal.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="`+g.Login+`/common/oauth2/authorize", client_id="`+s2s.GraphResource+`"`)
	}
	return caller, tokenRefused(refusal)
}

// address reads whom the path and the headers speak of.
func (g *Graph) address(r *http.Request, who string, seen *Request) *graphError {
	anchor, found := strings.CutPrefix(strings.ToLower(who), "users/")
	if !found {
		return badGraphRequest("BadRequest", "/me request is only valid with delegated authentication flow.")
	}
	if r.Method != http.MethodPost {
		return &graphError{http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.", 0}
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return &graphError{http.StatusUnsupportedMediaType, "RequestBodyRead", "A supported MIME type could not be found that matches the content type of the request.", 0}
	}
	if _, known := g.Truth.Mailbox(anchor); !known {
		return &graphError{http.StatusNotFound, "ErrorInvalidUser", "The requested user '" + anchor + "' is invalid.", 0}
	}
	seen.Anchor = anchor
	return nil
}

// answer writes what is known, each schedule as far as its owner and the role
// show it.
func (g *Graph) answer(w http.ResponseWriter, r *http.Request, q *scheduleQuestion, f Faults, caller s2s.AppCaller) {
	details := slices.Contains(caller.Roles, s2s.RoleCalendarsRead) || slices.Contains(caller.Roles, s2s.RoleCalendarsReadWrite)
	schedules := []schedule{}
	for _, t := range q.mailboxes {
		s := schedule{ID: t.address}
		if refusal := f.refuse(t); refusal != nil {
			s.Error = g.scheduleError(refusal)
		} else {
			g.look(&s, t, q, details)
		}
		s.ID = cmp.Or(f.Renamed[strings.ToLower(t.address)], s.ID)
		schedules = append(schedules, s)
	}
	document, err := json.Marshal(map[string]any{
		"@odata.context": "https://" + r.Host + "/v1.0/$metadata#Collection(microsoft.graph.scheduleInformation)",
		"value":          shuffle(f, schedules),
	})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if q.preferred {
		w.Header().Set("Preference-Applied", `outlook.timezone="`+q.answerZone+`"`)
	}
	f.Gzip = f.Gzip || strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") // as the real one does
	f.deliver(w, jsonType, document)
}
