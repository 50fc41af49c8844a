package kerberos

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"availproxy/ews/authn"
)

func reason(err error) authn.Reason {
	if r, ok := errors.AsType[*authn.Refusal](err); ok {
		return r.Reason
	}
	return ""
}

// TestATicketIsAccepted also opens the answer, as a caller does that wants to
// know who we are.
func TestATicketIsAccepted(t *testing.T) {
	a := acceptor(t, new(bytes.Buffer))
	for _, ticket := range []int32{17, 18, 23} {
		for _, session := range []int32{17, 18, 23} {
			r := a.forge(t, ticket, session)
			leg, err := a.presents(t, r.token(t))
			if err != nil {
				t.Errorf("a ticket of %s with a key of %s: %v", etype(ticket), etype(session), err)
				continue
			}
			want := &authn.Identity{Mechanism: authn.Kerberos, Name: "EX2010$", Realm: "CONTOSO.TEST"}
			if diff := cmp.Diff(want, leg.Identity); diff != "" || leg.Binds {
				t.Errorf("identity (-want +got):\n%s\nbinds the connection: %t", diff, leg.Binds)
			}
			if err := r.verify(leg.Reply); err != nil {
				t.Errorf("a ticket of %s with a key of %s: our answer: %v", etype(ticket), etype(session), err)
			}
		}
	}
}

// verify does what RFC 4120 3.2.5 asks of the caller.
func (r *request) verify(reply []byte) error {
	message, ok := unframe(reply, apReply)
	if !ok {
		return errors.New("no AP-REP")
	}
	var answer messages.APRep
	if err := answer.Unmarshal(message); err != nil {
		return err
	}
	plain, err := crypto.DecryptEncPart(answer.EncPart, r.session.forLibrary(), keyusage.AP_REP_ENCPART)
	if err != nil {
		return err
	}
	var part messages.EncAPRepPart
	if err := part.Unmarshal(plain); err != nil {
		return err
	}
	if got := part.CTime.Add(time.Duration(part.Cusec) * time.Microsecond); !got.Equal(r.made.Truncate(time.Microsecond)) {
		return fmt.Errorf("it repeats the time %s, want %s", got, r.made)
	}
	return nil
}

func TestWhoDoesNotAskGetsNoAnswer(t *testing.T) {
	a := acceptor(t, new(bytes.Buffer))
	r := a.forge(t, 18, 18)
	r.mutual = false
	if leg, err := a.presents(t, r.token(t)); err != nil || leg.Reply != nil {
		t.Errorf("got %x, %v, want no reply and no error", leg.Reply, err)
	}
}

func TestEveryKeyIsTried(t *testing.T) {
	a := acceptor(t, new(bytes.Buffer))
	for name, change := range map[string]func(*request){
		"the key before the last":     func(r *request) { r.key = candidates(a.keys, 18, 2)[0]; r.version = 2 },
		"another number for a key":    func(r *request) { r.version = 255 },
		"no number":                   func(r *request) { r.version = 0 },
		"the service in another case": func(r *request) { r.service = "http/FB.contoso.test" },
		"another name of the account": func(r *request) { r.service = "HTTP/fb" },
		"an absurd name":              func(r *request) { r.service = "krbtgt/CONTOSO.TEST" },
	} {
		r := a.forge(t, 18, 18)
		change(r)
		if leg, err := a.presents(t, r.token(t)); err != nil || leg.Identity == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAttacks(t *testing.T) {
	stranger := key{etype: 18, value: newSecret(bytes.Repeat([]byte{7}, 32))}
	tests := map[string]struct {
		change func(*request)
		want   authn.Reason
		says   []string
	}{
		"a realm of the caller's choice": {func(r *request) { r.claimsRealm = "FABRIKAM.TEST" }, ClientMismatch,
			[]string{"EX2010$@CONTOSO.TEST", "EX2010$@FABRIKAM.TEST"}},
		"a name of the caller's choice":      {func(r *request) { r.claimsName = "EX2013$" }, ClientMismatch, []string{"EX2013$@CONTOSO.TEST"}},
		"a name of another case":             {func(r *request) { r.claimsName = "ex2010$" }, ClientMismatch, nil},
		"a name in other pieces":             {func(r *request) { r.client = "a/b"; r.claimsName = "a" }, ClientMismatch, nil},
		"a ticket of somebody else's making": {func(r *request) { r.key.value = stranger.value }, NoKey, []string{"HTTP/fb.contoso.test of CONTOSO.TEST (AES256, key version 3)", "key version 2"}},
		"a key that the keytab lacks":        {func(r *request) { r.key = key{etype: 19, value: newSecret(make([]byte, 16))} }, NoKey, []string{"AES128-SHA256", "the keytab holds"}},
		"an authenticator of somebody else":  {func(r *request) { r.sealedWith = &stranger }, BadIntegrity, []string{"EX2010$@CONTOSO.TEST"}},
		"a ticket that has run out": {func(r *request) { r.until = time.Now().Add(-6 * time.Minute) }, TicketExpired,
			[]string{"until 1999-12-31T23:54:00Z", "our clock says 2000-01-01T00:00:00Z"}},
		"a ticket of tomorrow": {func(r *request) { r.start = time.Now().Add(6 * time.Minute) }, TicketNotYet,
			[]string{"from 2000-01-01T00:06:00Z on", "our clock says 2000-01-01T00:00:00Z"}},
		"a postdated ticket": {func(r *request) { r.invalid = true }, TicketNotYet, []string{"postdated"}},
		"a clock that is slow": {func(r *request) { r.made = time.Now().Add(-7*time.Minute - 12*time.Second) }, ClockSkew,
			[]string{`the clock of "EX2010$@CONTOSO.TEST" says 1999-12-31T23:52:48Z, ours says 2000-01-01T00:00:00Z`, "7m12s apart", "max_skew is 5m0s"}},
		"a clock that is fast":     {func(r *request) { r.made = time.Now().Add(6 * time.Minute) }, ClockSkew, []string{"6m0s apart"}},
		"a ticket among users":     {func(r *request) { r.userToUser = true }, authn.Malformed, nil},
		"a checksum cut short":     {func(r *request) { r.checksum.Checksum = r.checksum.Checksum[:23] }, authn.Malformed, nil},
		"bindings of another size": {func(r *request) { r.checksum.Checksum[0] = 17 }, authn.Malformed, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := acceptor(t, new(bytes.Buffer))
				r := a.forge(t, 18, 18)
				tt.change(r)
				leg, err := a.presents(t, r.token(t))
				if reason(err) != tt.want || leg.Identity != nil || leg.Reply != nil {
					t.Errorf("got %+v, %q (%v), want a refusal with %q", leg, reason(err), err, tt.want)
				}
				for _, want := range tt.says {
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("it says %v, want %q in it", err, want)
					}
				}
			})
		})
	}
}

// TestClocksWithinReach are those that are just near enough.
func TestClocksWithinReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := acceptor(t, new(bytes.Buffer))
		for name, change := range map[string]func(*request){
			"slow":                     func(r *request) { r.made = r.made.Add(-5 * time.Minute) },
			"fast":                     func(r *request) { r.made = r.made.Add(5 * time.Minute) },
			"a ticket just run out":    func(r *request) { r.until = r.made.Add(-5 * time.Minute) },
			"a ticket just to begin":   func(r *request) { r.start = r.made.Add(5 * time.Minute) },
			"a ticket without a start": func(r *request) { r.start = time.Time{} },
		} {
			r := a.forge(t, 18, 18)
			change(r)
			if _, err := a.presents(t, r.token(t)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestReplays(t *testing.T) {
	a := acceptor(t, new(bytes.Buffer))
	r := a.forge(t, 18, 18)
	token := r.token(t)
	if _, err := a.presents(t, token); err != nil {
		t.Fatal(err)
	}
	message, _ := unframe(token, apRequest)
	var req messages.APReq
	if err := req.Unmarshal(message); err != nil {
		t.Fatal(err)
	}
	renamed := req.Ticket
	renamed.SName = name("HTTP/other.contoso.test")
	renumbered := req.Ticket
	renumbered.EncPart.KVNO = 2
	for name, again := range map[string][]byte{
		"as it was":                     token,
		"for a service of another name": r.wire(t, renamed, req.EncryptedAuthenticator),
		"with another key version":      r.wire(t, renumbered, req.EncryptedAuthenticator),
		"with something behind it":      frame(apRequest, append(bytes.Clone(message), 0, 0)),
	} {
		if leg, err := a.presents(t, again); reason(err) != Replay || leg.Identity != nil {
			t.Errorf("%s: got %+v, %v, want a refused replay", name, leg, err)
		}
	}
	other := *r
	if _, err := a.presents(t, other.token(t)); err != nil {
		t.Errorf("another authenticator of the same microsecond: %v", err)
	}
}

func TestChannelBindings(t *testing.T) {
	connection := &authn.Connection{}
	connection.Show(&x509.Certificate{Raw: []byte("our certificate"), SignatureAlgorithm: x509.SHA256WithRSA})
	ours, _ := connection.Binding()
	tests := map[string]struct {
		sends  []byte // nil: a checksum that is not of GSS-API
		policy Binding
		plain  bool
		want   authn.Reason
	}{
		"ours":                         {sends: ours[:]},
		"none":                         {sends: make([]byte, 16)},
		"no checksum of GSS-API":       {},
		"another certificate":          {sends: bytes.Repeat([]byte{1}, 16), want: authn.ChannelBinding},
		"without TLS on our side":      {sends: ours[:], plain: true, want: authn.ChannelBinding},
		"required and ours":            {sends: ours[:], policy: BindingRequired},
		"required and none":            {sends: make([]byte, 16), policy: BindingRequired, want: authn.ChannelBinding},
		"required and no checksum":     {policy: BindingRequired, want: authn.ChannelBinding},
		"required and another":         {sends: bytes.Repeat([]byte{1}, 16), policy: BindingRequired, want: authn.ChannelBinding},
		"ignored, another certificate": {sends: bytes.Repeat([]byte{1}, 16), policy: BindingIgnored},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := acceptor(t, new(bytes.Buffer))
			a.options.Binding = tt.policy
			r := a.forge(t, 18, 18)
			r.checksum = &types.Checksum{CksumType: 16, Checksum: make([]byte, 12)}
			if tt.sends != nil {
				data := append(binary.LittleEndian.AppendUint32(nil, 16), tt.sends...)
				r.checksum = &types.Checksum{CksumType: gssChecksum, Checksum: append(data, 0, 0, 0, 0)}
			}
			c := connection
			if tt.plain {
				c = &authn.Connection{}
			}
			_, err := a.Begin(c).Step(t.Context(), r.token(t))
			if reason(err) != tt.want || (err == nil) != (tt.want == "") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestTokensThatAreNone(t *testing.T) {
	a := acceptor(t, new(bytes.Buffer))
	good := a.forge(t, 18, 18).token(t)
	for cut := range len(good) {
		if leg, err := a.presents(t, good[:cut]); err == nil || leg.Identity != nil {
			t.Fatalf("the first %d of %d bytes were accepted", cut, len(good))
		}
	}
	for name, token := range map[string][]byte{
		"an AP-REP":          frame(apReply, []byte("x")),
		"an empty AP-REQ":    frame(apRequest, nil),
		"a request of zeros": frame(apRequest, make([]byte, 64<<10)),
	} {
		if _, err := a.presents(t, token); reason(err) != authn.Malformed {
			t.Errorf("%s: %v, want it refused as malformed", name, err)
		}
	}
	if leg, err := a.presents(t, good); err != nil || leg.Identity == nil {
		t.Errorf("the whole token: %v", err)
	}
}

func TestKeytabs(t *testing.T) {
	tests := map[string]struct {
		data []byte
		want string // "" is fine
	}{
		"a good one":                 {file(t), ""},
		"the service in other case":  {keytabOf(t, "http/fb.contoso.test", 18), ""},
		"another service alone":      {keytabOf(t, "host/fb.contoso.test", 18), "holds no key for HTTP/..., the service that callers ask tickets for; it holds host/fb.contoso.test of CONTOSO.TEST (AES256, key version 2)"},
		"an account alone":           {keytabOf(t, "svc-fb", 18), "holds no key for HTTP/"},
		"keys of an old kind alone":  {keytabOf(t, "HTTP/fb.contoso.test", 16), "no key for AES or RC4"},
		"nothing":                    {nil, "no keytab, or a damaged one"},
		"no keys":                    {[]byte{5, 2, 0, 0, 0, 0}, "no key for AES or RC4"},
		"a text":                     {[]byte("canary-secret"), "no keytab, or a damaged one"},
		"one that was cut off":       {file(t)[:len(file(t))-20], "no keytab, or a damaged one"},
		"one that stops the library": {[]byte{5, 2, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff}, "no keytab, or a damaged one"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := New(bytes.NewReader(tt.data), Options{})
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error holds what is in the file: %v", err)
			}
		})
	}
}

func TestKeysCannotBePrinted(t *testing.T) {
	k := key{principal: "HTTP/fb@CONTOSO.TEST", version: 2, etype: 18, value: newSecret([]byte("canary"))}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		for _, value := range []any{k, &k, k.value, []key{k}, logon{service: k, session: k}} {
			got := fmt.Sprintf(verb, value)
			if strings.Contains(got, "canary") || strings.Contains(strings.ToLower(got), "63616e617279") || strings.Contains(got, "99 97 110 97 114 121") {
				t.Errorf("%s of %T shows the key: %s", verb, value, got)
			}
		}
	}
}

// FuzzStep looks for tokens that stop us or that are accepted without a key.
func FuzzStep(f *testing.F) {
	a := acceptor(f, new(bytes.Buffer))
	for _, e := range []int32{17, 18, 23} {
		f.Add(a.forge(f, e, e).token(f))
	}
	f.Add(frame(apRequest, nil))
	strange := acceptor(f, new(bytes.Buffer))
	for i := range strange.keys {
		strange.keys[i].value = newSecret(bytes.Repeat([]byte{9}, len(a.keys[i].value.reveal())))
	}
	f.Fuzz(func(t *testing.T, token []byte) {
		if !strange.Begins(token) {
			return
		}
		if leg, err := strange.presents(t, token); err == nil || leg.Identity != nil {
			t.Errorf("accepted without a key: %+v", leg)
		}
		_, _ = a.presents(t, token) // some are good; none may panic
	})
}
