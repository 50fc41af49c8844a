package forest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestRequestsOfOldServers(t *testing.T) {
	berlin, _ := ZoneByID("Europe/Berlin")
	tests := map[string]*Caller{
		"2007": {Generation: Exchange2007, Zone: berlin},
		"2010-serialized": {
			Generation: Exchange2010, ProxyRequestType: "CrossSite",
			SecurityContext: &SecurityContext{"S-1-5-21-1-2-3-1103", []string{"S-1-5-21-1-2-3-513", "S-1-1-0"}, "li.na@contoso.example"},
		},
		"2013":            {Generation: Exchange2013, Zone: zones[4]},
		"2013-zone-by-id": {Generation: Exchange2013, Zone: berlin, ZoneForm: ZoneIdentified},
		"2013-zone-rule":  {Generation: Exchange2013, Zone: berlin, ZoneForm: ZoneDefined},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			got := c.document(aliceAndBob.withDefaults())
			golden := filepath.Join("testdata", "caller-"+name+".golden")
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// door is a server that asks for Basic credentials and remembers how it was
// spoken to.
type door struct {
	ews EWS

	mu       sync.Mutex // guards what follows
	requests []string   // "scheme, length of the body that came"
	header   http.Header
	names    []string // server names of the handshakes
	versions []uint16
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	d.mu.Lock()
	d.requests = append(d.requests, scheme)
	d.header = r.Header.Clone()
	if r.TLS != nil {
		d.names, d.versions = append(d.names, r.TLS.ServerName), append(d.versions, r.TLS.Version)
	}
	d.mu.Unlock()
	if user, password, _ := r.BasicAuth(); user != "ex2010" || password != "pass" {
		w.Header().Set("WWW-Authenticate", `Negotiate,NTLM,Basic realm="mail.contoso.example"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	d.ews.ServeHTTP(w, r)
}

func newDoor() *door {
	return &door{ews: EWS{Truth: Seeded(1, Calendars{Week: week}), Generation: Exchange2010}}
}

func TestCallerKnocksWithoutCredentialsFirst(t *testing.T) {
	tests := map[string]struct {
		change func(*Caller)
		want   []string
	}{
		"as ever":                 {func(*Caller) {}, []string{"", "Basic", "", "Basic"}},
		"with PreAuthenticate":    {func(c *Caller) { c.PreAuthenticate = true }, []string{"", "Basic", "Basic"}},
		"on new connections":      {func(c *Caller) { c.NewConnections = true }, []string{"", "Basic", "", "Basic"}},
		"with a token, in vain":   {func(c *Caller) { c.Token, c.User = "e30.e30.", "" }, []string{"Bearer", "Bearer"}},
		"without any credentials": {func(c *Caller) { c.User = "" }, []string{"", ""}},
		"with a wrong password":   {func(c *Caller) { c.Password = "wrong" }, []string{"", "Basic", "", "Basic"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDoor()
			server := httptest.NewServer(d)
			defer server.Close()
			c := caller(t, server.URL+Path, Exchange2010)
			c.User, c.Password = "ex2010", "pass"
			tt.change(c)
			for range 2 {
				if _, err := c.Ask(t.Context(), aliceAndBob); err != nil && !hasStatus(401)(err) {
					t.Fatal(err)
				}
			}
			if !slices.Equal(d.requests, tt.want) {
				t.Errorf("it sent %q, want %q", d.requests, tt.want)
			}
			want := http.Header{
				"User-Agent":   {"ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003"},
				"Content-Type": {"text/xml; charset=utf-8"}, "Soapaction": {`"` + nsMessages + `/GetUserAvailability"`}, "Expect": {"100-continue"},
			}
			d.header.Del("Authorization")
			d.header.Del("Content-Length")
			d.header.Del("Connection")
			if diff := cmp.Diff(want, d.header); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCallerSaysWhereTheTimeWent(t *testing.T) {
	d := newDoor()
	server := httptest.NewTLSServer(d)
	defer server.Close()
	c := caller(t, server.URL+Path, Exchange2010)
	c.User, c.Password, c.RootCAs = "ex2010", "pass", server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	r, err := c.Ask(t.Context(), aliceAndBob)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var sum time.Duration
	for _, hop := range r.Hops {
		names, sum = append(names, hop.Name), sum+hop.Took
	}
	// An anonymous request whose body nobody wanted costs its connection.
	if want := []string{"connect", "tls", "challenge", "connect", "tls", "answer"}; !slices.Equal(names, want) {
		t.Errorf("the hops are %q, want %q", names, want)
	}
	if sum > r.Took {
		t.Errorf("the hops take %s, the whole way only %s", sum, r.Took)
	}
}

func TestCallerHandshakes(t *testing.T) {
	tests := map[string]struct {
		change func(*Caller)
		names  []string
		last   uint16
		fails  bool
	}{
		"names the server":           {func(c *Caller) {}, []string{"fb.contoso.example"}, tls.VersionTLS13, false},
		"names nobody":               {func(c *Caller) { c.NoSNI = true }, []string{""}, tls.VersionTLS13, false},
		"knows TLS 1.2 at most":      {func(c *Caller) { c.MaxTLS = tls.VersionTLS12 }, []string{"fb.contoso.example"}, tls.VersionTLS12, false},
		"knows TLS 1.0 at most":      {func(c *Caller) { c.MinTLS, c.MaxTLS = tls.VersionTLS10, tls.VersionTLS10 }, nil, 0, true},
		"trusts somebody else":       {func(c *Caller) { c.RootCAs = x509.NewCertPool() }, nil, 0, true},
		"trusts somebody else, mute": {func(c *Caller) { c.RootCAs, c.NoSNI = x509.NewCertPool(), true }, nil, 0, true},
		"expects another name":       {func(c *Caller) { c.URL = strings.Replace(c.URL, "fb.", "other.", 1) }, nil, 0, true},
		"expects another name, mute": {func(c *Caller) { c.URL, c.NoSNI = strings.Replace(c.URL, "fb.", "other.", 1), true }, nil, 0, true},
	}
	ca, err := newAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDoor()
			server := httptest.NewUnstartedServer(d)
			certificate, err := ca.server(ca.key, "fb.contoso.example")
			if err != nil {
				t.Fatal(err)
			}
			server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
			server.Config.ErrorLog = quiet()
			server.StartTLS()
			defer server.Close()
			c := caller(t, "https://fb.contoso.example"+Path, Exchange2010)
			c.RootCAs = x509.NewCertPool()
			c.RootCAs.AddCert(ca.certificate)
			address := server.Listener.Addr().String()
			c.ConnectTo = map[string]string{"fb.contoso.example:443": address, "other.contoso.example:443": address}
			tt.change(c)
			_, err = c.Ask(t.Context(), aliceAndBob)
			if reached := hasStatus(401)(err); reached == tt.fails {
				t.Errorf("it asked and got %v", err)
			}
			if !slices.Equal(d.names, tt.names) || len(d.versions) > 0 && d.versions[0] != tt.last {
				t.Errorf("it named %q with version %x, want %q, %x", d.names, d.versions, tt.names, tt.last)
			}
		})
	}
}

// changed answers with what change makes of a good answer.
func changed(t *testing.T, asker Generation, change func(string) string) (*Reply, error) {
	t.Helper()
	e := &EWS{Truth: Seeded(1, Calendars{Week: week}), Generation: asker}
	c := caller(t, serve(t, e), asker)
	e.Faults.Set(Faults{Override: func(b []byte) []byte { return []byte(change(string(b))) }})
	return c.Ask(t.Context(), Question{Mailboxes: []string{"alice@fabrikam.example", "nobody@fabrikam.example"}, From: week, To: week.AddDate(0, 0, 5)})
}

func TestOldServersRejectWholeAnswers(t *testing.T) {
	replace := func(old, with string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, with, 1) }
	}
	tests := map[string]struct {
		change func(string) string
		reject []Generation
		accept []Generation
	}{
		"a busy type of 2013": {
			replace("<BusyType>Busy<", "<BusyType>WorkingElsewhere<"), []Generation{Exchange2007, Exchange2010}, []Generation{Exchange2013},
		},
		"a busy type of nobody":       {replace("<BusyType>Busy<", "<BusyType>Bored<"), []Generation{Exchange2007, Exchange2013}, nil},
		"a code of 2010":              {replace(">ErrorMailRecipientNotFound<", ">ErrorMailboxFailover<"), []Generation{Exchange2007}, []Generation{Exchange2010, Exchange2013}},
		"a code of 2013":              {replace(">ErrorMailRecipientNotFound<", ">ErrorNoOAuthServerAvailableForRequest<"), []Generation{Exchange2007, Exchange2010}, []Generation{Exchange2013}},
		"a code of nobody":            {replace(">ErrorMailRecipientNotFound<", ">ErrorOfMine<"), []Generation{Exchange2007, Exchange2013}, nil},
		"a time without seconds":      {replace(":00</StartTime>", "</StartTime>"), []Generation{Exchange2010}, nil},
		"a time that ends in blanks":  {replace("</StartTime>", " \n</StartTime>"), nil, []Generation{Exchange2007, Exchange2013}},
		"a boolean in capitals":       {replace(">true<", ">True<"), []Generation{Exchange2010}, nil},
		"a boolean as a digit":        {replace(">true<", ">1<"), nil, []Generation{Exchange2010}},
		"a view of nobody":            {replace(">DetailedMerged<", ">Everything<"), []Generation{Exchange2010}, nil},
		"a class of nobody":           {replace(`ResponseClass="Success"`, `ResponseClass="Fine"`), []Generation{Exchange2010}, nil},
		"no class":                    {replace(` ResponseClass="Success"`, ""), nil, []Generation{Exchange2010}},
		"minutes that are no number":  {replace("<EndTimeInMinutes>", "<EndTimeInMinutes>x"), []Generation{Exchange2010}, nil},
		"a day of nobody":             {replace("<DayOfWeek>Monday", "<DayOfWeek>Someday Monday"), []Generation{Exchange2010}, nil},
		"an element it never saw":     {replace("<FreeBusyView>", "<FreeBusyView><New>1</New>"), nil, []Generation{Exchange2007}},
		"SOAP 1.2":                    {func(s string) string { return strings.ReplaceAll(s, nsSOAP, "http://www.w3.org/2003/05/soap-envelope") }, []Generation{Exchange2010}, nil},
		"no array":                    {func(s string) string { return strings.ReplaceAll(s, "FreeBusyResponseArray", "Array") }, []Generation{Exchange2010}, nil},
		"an answer without a message": {func(s string) string { return strings.ReplaceAll(s, "ResponseMessage", "Message") }, []Generation{Exchange2010}, nil},
		"a control character":         {replace("<Subject>", "<Subject>\x0b"), []Generation{Exchange2010}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, g := range tt.reject {
				if _, err := changed(t, g, tt.change); !unreadable(err) {
					t.Errorf("Exchange %s reads it: %v; want it to reject all", g, err)
				}
			}
			for _, g := range tt.accept {
				if _, err := changed(t, g, tt.change); err != nil {
					t.Errorf("Exchange %s: %v", g, err)
				}
			}
		})
	}
}

func TestCallerFollowsNoRedirect(t *testing.T) {
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Error("it went there") }))
	defer away.Close()
	e := &EWS{Truth: Seeded(1, Calendars{Week: week})}
	c := caller(t, serve(t, e), Exchange2010)
	e.Faults.Set(Faults{Redirect: away.URL})
	if _, err := c.Ask(t.Context(), aliceAndBob); !hasStatus(302)(err) {
		t.Errorf("answered %v, want status 302", err)
	}
}

func TestCallerNeedsAURL(t *testing.T) {
	var c Caller
	if _, err := c.Ask(t.Context(), aliceAndBob); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("answered %v", err)
	}
	c.Close()
}

func FuzzReadReply(f *testing.F) {
	for _, g := range []Generation{Exchange2007, ExchangeOnline} { // small documents, or the fuzzer spends its time shortening them
		truth := Seeded(1, Calendars{Week: week})
		q := &question{mailboxes: []target{{"alice@fabrikam.example", ""}, {"x", ""}}, from: week.Add(14 * time.Hour), to: week.Add(15 * time.Hour), interval: time.Hour, view: "DetailedMerged", wantsView: true}
		f.Add(reply(q, []answer{truth.look(q.mailboxes[0], q, g), truth.look(q.mailboxes[1], q, g)}, g, "MAIL01"))
	}
	f.Add(serverBusy(time.Second).document(ExchangeOnline, ""))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := readReply(body, aliceAndBob, zones[2], Exchange2013)
		if (r == nil) == (err == nil) || err == nil && len(r.Mailboxes) != len(aliceAndBob.Mailboxes) {
			t.Errorf("readReply = %+v, %v", r, err)
		}
	})
}

func FuzzReadQuestion(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.request.xml")
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	truth := Seeded(1, Calendars{Week: week})
	f.Fuzz(func(t *testing.T, body []byte) {
		envelope, err := readNode(body)
		if err != nil {
			return
		}
		q, refused := readQuestion(envelope, ExchangeOnline)
		if refused != nil {
			return
		}
		var answers []answer
		for _, who := range q.mailboxes {
			answers = append(answers, truth.look(who, q, ExchangeOnline))
		}
		if _, err := readNode(reply(q, answers, ExchangeOnline, "MAIL01")); err != nil {
			t.Error(err)
		}
	})
}
