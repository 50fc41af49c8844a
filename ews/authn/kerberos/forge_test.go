package kerberos

import (
	"bytes"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/adtype"
	"github.com/jcmturner/gokrb5/v8/iana/asnAppTag"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"availproxy/ews/authn"
)

// file is a keytab with keys for HTTP/fb.contoso.test of the versions 2 and 3.
func file(t testing.TB) []byte {
	t.Helper()
	return keytabOf(t, "HTTP/fb.contoso.test", 17, 18, 23)
}

func keytabOf(t testing.TB, principal string, etypes ...int32) []byte {
	t.Helper()
	k := keytab.New()
	for version := uint8(2); version <= 3; version++ {
		for _, e := range etypes {
			password := "of version " + string('0'+rune(version))
			if err := k.AddEntry(principal, "CONTOSO.TEST", password, time.Unix(0, 0), version, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	data, err := k.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func acceptor(t testing.TB, log *bytes.Buffer) *Acceptor {
	t.Helper()
	a, err := New(bytes.NewReader(file(t)), Options{
		MaxSkew: 5 * time.Minute, Replays: NewReplays(), Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// request is what a caller presents, by default a good one. A test changes what
// it is about.
type request struct {
	key                      key // of the service
	version                  uint32
	session                  key
	sealedWith               *key // instead of session, for the authenticator
	service                  string
	client, realm            string // by the word of the KDC
	claimsName, claimsRealm  string // by the caller's
	authorized, start, until time.Time
	made                     time.Time
	invalid, userToUser      bool
	mutual                   bool
	checksum                 *types.Checksum
	pac                      []byte
}

// forge makes the request that an honest caller with a ticket of that type sends.
func (a *Acceptor) forge(t testing.TB, ticket, session int32) *request {
	t.Helper()
	now := time.Now().UTC()
	r := &request{
		version: 3, session: key{etype: etype(session), value: newSecret(make([]byte, map[int32]int{17: 16, 18: 32, 23: 16}[session]))},
		service: "HTTP/fb.contoso.test", client: "EX2010$", realm: "CONTOSO.TEST", claimsName: "EX2010$", claimsRealm: "CONTOSO.TEST",
		authorized: now.Add(-2 * time.Hour), start: now.Add(-time.Hour), until: now.Add(9 * time.Hour), made: now, mutual: true,
		checksum: &types.Checksum{CksumType: gssChecksum, Checksum: append([]byte{16, 0, 0, 0}, make([]byte, 20)...)},
	}
	rand.Read(r.session.value.reveal())
	for _, k := range a.keys {
		if k.etype == etype(ticket) && k.version == 3 {
			r.key = k
		}
	}
	return r
}

func name(s string) types.PrincipalName { return types.NewPrincipalName(1, s) }

// token is the request on the wire.
func (r *request) token(t testing.TB) []byte {
	t.Helper()
	part := messages.EncTicketPart{
		Flags: types.NewKrbFlags(), Key: r.session.forLibrary(), CRealm: r.realm, CName: name(r.client),
		AuthTime: r.authorized, StartTime: r.start, EndTime: r.until,
	}
	if r.invalid {
		types.SetFlag(&part.Flags, flags.Invalid)
	}
	if r.pac != nil {
		inner := must(asn1.Marshal(types.AuthorizationData{{ADType: adtype.ADWin2KPAC, ADData: r.pac}}))(t)
		part.AuthorizationData = types.AuthorizationData{{ADType: adtype.ADIfRelevant, ADData: inner}}
	}
	plain := asn1tools.AddASNAppTag(must(asn1.Marshal(part))(t), asnAppTag.EncTicketPart)
	ticket := messages.Ticket{TktVNO: 5, Realm: "CONTOSO.TEST", SName: name(r.service),
		EncPart: must(crypto.GetEncryptedData(plain, r.key.forLibrary(), keyusage.KDC_REP_TICKET, int(r.version)))(t)}

	authenticator := types.Authenticator{AVNO: 5, CRealm: r.claimsRealm, CName: name(r.claimsName),
		CTime: r.made.Truncate(time.Second), Cusec: r.made.Nanosecond() / 1000}
	if r.checksum != nil {
		authenticator.Cksum = *r.checksum
	}
	with := r.session
	if r.sealedWith != nil {
		with = *r.sealedWith
	}
	sealed := must(crypto.GetEncryptedData(must(authenticator.Marshal())(t), with.forLibrary(), keyusage.AP_REQ_AUTHENTICATOR, 0))(t)
	return r.wire(t, ticket, sealed)
}

func (r *request) wire(t testing.TB, ticket messages.Ticket, sealed types.EncryptedData) []byte {
	t.Helper()
	req := messages.APReq{PVNO: 5, MsgType: 14, APOptions: types.NewKrbFlags(), Ticket: ticket, EncryptedAuthenticator: sealed}
	if r.mutual {
		types.SetFlag(&req.APOptions, flags.APOptionMutualRequired)
	}
	if r.userToUser {
		types.SetFlag(&req.APOptions, flags.APOptionUseSessionKey)
	}
	return frame(apRequest, must(req.Marshal())(t))
}

// must ends the test when err is set.
func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// presents sends a token on a connection without TLS.
func (a *Acceptor) presents(t testing.TB, token []byte) (authn.Leg, error) {
	t.Helper()
	return a.Begin(&authn.Connection{}).Step(t.Context(), token)
}
