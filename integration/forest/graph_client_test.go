package forest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"availproxy/integration/forest/s2s"
)

// graphAnswer is what a client of Graph reads, by its own types.
type graphAnswer struct {
	Context string `json:"@odata.context"`
	Value   []graphSchedule
	Error   struct {
		Code, Message string
		InnerError    struct {
			Date     string
			ID       string `json:"request-id"`
			ClientID string `json:"client-request-id"`
		}
	}
}

type graphSchedule struct {
	ScheduleID       string
	AvailabilityView string
	ScheduleItems    []struct {
		IsPrivate         *bool
		Status            string
		Subject, Location *string
		Start, End        struct{ DateTime, TimeZone string }
	}
	WorkingHours json.RawMessage
	Error        *struct{ Message, ResponseCode string }
}

// getSchedule is a request for those mailboxes, in UTC.
func getSchedule(url string, from, to time.Time, mailboxes ...string) *http.Request {
	at := func(t time.Time) map[string]string {
		return map[string]string{"dateTime": t.UTC().Format("2006-01-02T15:04:05"), "timeZone": "UTC"}
	}
	body, _ := json.Marshal(map[string]any{"schedules": mailboxes, "startTime": at(from), "endTime": at(to)})
	return postJSON(url, string(body))
}

func postJSON(url, body string) *http.Request {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

// anchored is where to ask with alice as the anchor.
const anchored = "https://graph.fabrikam.example/v1.0/users/alice@fabrikam.example/calendar/getSchedule"

// ask puts the request to g itself, without a network.
func askGraph(t *testing.T, g *Graph, r *http.Request) (*httptest.ResponseRecorder, graphAnswer) {
	t.Helper()
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	var answer graphAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("status %d, %v: %s", w.Code, err, w.Body)
	}
	return w, answer
}

// clientAssertion is what the organization's application shows to Entra.
func clientAssertion(o *Organization, endpoint string) string {
	encode := base64.RawURLEncoding.EncodeToString
	segment := func(members map[string]any) string {
		text, _ := json.Marshal(members)
		return encode(text)
	}
	thumbprint, now := sha256.Sum256(o.app.Certificate.Raw), time.Now()
	input := segment(map[string]any{"alg": "PS256", "typ": "JWT", "x5t#S256": encode(thumbprint[:])}) + "." + segment(map[string]any{
		"aud": endpoint, "iss": o.ApplicationID, "sub": o.ApplicationID, "jti": newGUID(),
		"nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	})
	digest := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPSS(rand.Reader, o.app.Key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	if err != nil {
		panic(err)
	}
	return input + "." + encode(signature)
}

// fetchToken asks the forest's Entra for a token to that scope.
func fetchToken(t *testing.T, f *Forest, client *http.Client, scope string) (status int, token string) {
	t.Helper()
	endpoint := f.LoginURL() + "/" + f.Organization.Domain + "/oauth2/v2.0/token"
	response, err := client.PostForm(endpoint, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {f.Organization.ApplicationID}, "scope": {scope},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {clientAssertion(f.Organization, endpoint)},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || json.Unmarshal(body, &answer) != nil {
		t.Fatalf("Entra answered %s, %v", body, err)
	}
	return response.StatusCode, answer.AccessToken
}

// overHTTP sends the request with that token to the forest's Graph.
func overHTTP(t *testing.T, client *http.Client, r *http.Request, token string) (int, graphAnswer) {
	t.Helper()
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer graphAnswer
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}

func TestTheWholeWayToGraph(t *testing.T) {
	f := started(t, Options{})
	client := browser(t, f)
	status, token := fetchToken(t, f, client, "https://graph.fabrikam.example/.default")
	if status != http.StatusOK {
		t.Fatalf("Entra refused with status %d", status)
	}
	status, answer := overHTTP(t, client, getSchedule(anchored, week, week.AddDate(0, 0, 5), "alice@fabrikam.example", "bob@fabrikam.example"), token)
	if status != http.StatusOK || len(answer.Value) != 2 || len(answer.Value[0].ScheduleItems) == 0 {
		t.Errorf("status %d, answered %+v", status, answer)
	}
	seen := f.Graph.Journal.Requests()
	if len(seen) != 1 || seen[0].Actor != f.Organization.ApplicationID || seen[0].Anchor != "alice@fabrikam.example" || seen[0].Status != http.StatusOK {
		t.Errorf("Graph saw %+v", seen)
	}
}

func TestConsentIsWhatOpensGraph(t *testing.T) {
	f := started(t, Options{})
	client := browser(t, f)
	consent := func(roles ...string) {
		f.Entra.Change(func() { f.Entra.Directories[0].Applications[0].Roles[s2s.GraphResource] = roles })
	}
	subjects := func() (int, int) {
		t.Helper()
		status, token := fetchToken(t, f, client, "https://graph.fabrikam.example/.default")
		if status != http.StatusOK {
			t.Fatalf("Entra refused with status %d: without consent there is a token all the same", status)
		}
		status, answer := overHTTP(t, client, getSchedule(anchored, week, week.AddDate(0, 0, 5), "alice@fabrikam.example"), token)
		told := 0
		for _, s := range answer.Value {
			for _, item := range s.ScheduleItems {
				if item.Subject != nil {
					told++
				}
			}
		}
		if status != http.StatusOK && answer.Error.Code != "ErrorAccessDenied" {
			t.Errorf("refused with %+v", answer.Error)
		}
		return status, told
	}
	if status, told := subjects(); status != http.StatusOK || told == 0 {
		t.Errorf("with Calendars.Read: status %d, %d subjects", status, told)
	}
	consent(s2s.RoleCalendarsReadBasic)
	if status, told := subjects(); status != http.StatusOK || told != 0 {
		t.Errorf("with Calendars.ReadBasic: status %d, %d subjects", status, told)
	}
	consent()
	if status, _ := subjects(); status != http.StatusForbidden {
		t.Errorf("without consent: status %d", status)
	}
}

func TestOnlyGraphsOwnTokensOpenGraph(t *testing.T) {
	f, stranger := started(t, Options{}), started(t, Options{})
	soon := time.Now().Add(time.Hour)
	tests := map[string]struct {
		token   Secret
		message string
	}{
		"none":                 {"", "Access token is empty."},
		"for EWS":              {f.AppToken(s2s.EWSResource, soon), "Access token validation failure. Invalid audience."},
		"over":                 {f.AppToken(s2s.GraphResource, time.Now().Add(-time.Hour)), "Lifetime validation failed"},
		"of another forest":    {stranger.AppToken(s2s.GraphResource, soon), "Access token validation failure. Invalid signature."},
		"an actor token":       {f.Token(f.Host(), soon), "Access token validation failure. Invalid issuer."},
		"signed by nobody":     {resigned(f.AppToken(s2s.GraphResource, soon)), "Access token validation failure. Invalid signature."},
		"something of another": {"garbage", "Lifetime validation failed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := getSchedule(anchored, week, week.AddDate(0, 0, 1), "alice@fabrikam.example")
			r.Header.Set("Authorization", "Bearer "+string(tt.token))
			w, answer := askGraph(t, f.Graph, r)
			if w.Code != http.StatusUnauthorized || answer.Error.Code != "InvalidAuthenticationToken" || !strings.HasPrefix(answer.Error.Message, tt.message) {
				t.Errorf("status %d, %+v", w.Code, answer.Error)
			}
			if challenge := w.Header().Get("WWW-Authenticate"); !strings.HasPrefix(challenge, `Bearer realm="", authorization_uri="https://login.microsoftonline.example/common`) {
				t.Errorf("the challenge is %q", challenge)
			}
		})
	}
}

func TestGraphOfTwoForests(t *testing.T) {
	fabrikam := started(t, Options{})
	tailspin := started(t, Options{Calendars: Calendars{Domain: "tailspin.example"}, SharesACSWith: fabrikam, Seed: 2})
	client := browser(t, tailspin)
	status, token := fetchToken(t, tailspin, client, "https://graph.tailspin.example/.default")
	if status != http.StatusOK {
		t.Fatalf("Entra refused with status %d", status)
	}
	url := strings.ReplaceAll(anchored, "fabrikam", "tailspin")
	if status, answer := overHTTP(t, client, getSchedule(url, week, week.AddDate(0, 0, 1), "alice@tailspin.example"), token); status != http.StatusOK || len(answer.Value) != 1 {
		t.Errorf("tailspin answered %d, %+v", status, answer)
	}
	r := getSchedule(anchored, week, week.AddDate(0, 0, 1), "alice@fabrikam.example")
	r.Header.Set("Authorization", "Bearer "+token)
	if w, _ := askGraph(t, fabrikam.Graph, r); w.Code != http.StatusUnauthorized {
		t.Errorf("fabrikam takes the token of tailspin: status %d", w.Code)
	}
}
