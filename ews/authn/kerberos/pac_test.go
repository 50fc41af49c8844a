package kerberos

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/pac"
	"github.com/jcmturner/gokrb5/v8/test/testdata"

	"availproxy/ews/authn"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	return must(hex.DecodeString(s))(t)
}

// windows is a ticket of a Windows domain controller with its PAC and the key of
// the service, from the test data of gokrb5.
func windows(t testing.TB) *logon {
	t.Helper()
	keys := must(gokrb5{}.keytab(unhex(t, testdata.KEYTAB_SYSHTTP_TEST_GOKRB5)))(t)
	return &logon{
		client:     principal{"testuser1", "TEST.GOKRB5"},
		authorized: time.Date(2017, 5, 6, 15, 53, 11, 0, time.UTC),
		pac:        unhex(t, testdata.MarshaledPAC_AD_WIN2K_PAC),
		service:    candidates(keys, 18, 2)[0],
	}
}

func TestAPACOfWindows(t *testing.T) {
	got, err := readPAC(windows(t), gokrb5{})
	if err != nil {
		t.Fatal(err)
	}
	const domain = "S-1-5-21-3167651404-3865080224-2280184895"
	want := membership{
		account: "testuser1", domain: "TEST", sid: domain + "-1105",
		groups: []string{domain + "-1108", domain + "-1109", domain + "-1111", domain + "-1114", domain + "-1115", domain + "-1116", domain + "-513"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(membership{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLogonInfoIsReadAsTheLibraryReadsIt compares two readers that know nothing
// of each other.
func TestLogonInfoIsReadAsTheLibraryReadsIt(t *testing.T) {
	for name, vector := range map[string]string{
		"many groups": testdata.MarshaledPAC_Kerb_Validation_Info_MS,
		"one domain":  testdata.MarshaledPAC_Kerb_Validation_Info,
		"two domains": testdata.MarshaledPAC_Kerb_Validation_Info_Trust,
	} {
		got, err := readLogonInfo(unhex(t, vector))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var theirs pac.KerbValidationInfo
		if err := theirs.Unmarshal(unhex(t, vector)); err != nil {
			t.Fatal(err)
		}
		want := membership{
			account: theirs.EffectiveName.Value, domain: theirs.LogonDomainName.Value, sid: under(theirs.LogonDomainID.String(), theirs.UserID),
			groups: slices.Compact(slices.Sorted(slices.Values(theirs.GetGroupMembershipSIDs()))),
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(membership{})); diff != "" || len(want.groups) == 0 {
			t.Errorf("%s (-library +ours):\n%s", name, diff)
		}
	}
}

func TestPACsThatAreNotTrusted(t *testing.T) {
	tests := map[string]struct {
		change func(*logon)
		want   string
	}{
		"another service's":      {func(l *logon) { l.service.value = newSecret(make([]byte, 32)) }, "signature"},
		"a key of another kind":  {func(l *logon) { l.service.etype = 23 }, "a checksum of type 16, where the key is of RC4"},
		"another user's":         {func(l *logon) { l.client.name = "Administrator" }, `of "testuser1"`},
		"of another logon":       {func(l *logon) { l.authorized = l.authorized.Add(time.Second) }, "another time"},
		"with a group more":      {func(l *logon) { l.pac[0x58+0x180]++ }, "signature"},
		"empty":                  {func(l *logon) { l.pac = []byte{} }, "without a header"},
		"cut off":                {func(l *logon) { l.pac = l.pac[:len(l.pac)-16] }, "with a buffer of"},
		"without a signature":    {func(l *logon) { drop(l.pac, serverSignature) }, "without signatures"},
		"without the KDC's":      {func(l *logon) { drop(l.pac, kdcSignature) }, "without signatures"},
		"nothing but counts":     {func(l *logon) { l.pac = bytes.Repeat([]byte{0xff}, 64) }, "with 4294967295 buffers"},
		"a buffer in the clouds": {func(l *logon) { binary.LittleEndian.PutUint64(l.pac[16:], 1<<63) }, "with a buffer of"},
		"a buffer without end":   {func(l *logon) { binary.LittleEndian.PutUint32(l.pac[12:], 1<<31) }, "with a buffer of"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := windows(t)
			tt.change(l)
			got, err := readPAC(l, guarded{gokrb5{}})
			if err == nil || !strings.Contains(err.Error(), tt.want) || got.sid != "" || got.groups != nil {
				t.Errorf("got %+v, %v, want an error with %q", got, err, tt.want)
			}
		})
	}
}

// drop renames a buffer to a kind that is not read.
func drop(pac []byte, kind uint32) {
	for i := range binary.LittleEndian.Uint32(pac) {
		if e := pac[8+16*i:]; binary.LittleEndian.Uint32(e) == kind {
			binary.LittleEndian.PutUint32(e, 99)
		}
	}
}

func TestGroupsOfTheTicketAreTheIdentitys(t *testing.T) {
	a := acceptor(t, new(bytes.Buffer))
	for _, ticket := range []int32{17, 18, 23} {
		r := a.forge(t, ticket, 18)
		r.authorized = time.Date(2017, 5, 6, 15, 53, 11, 0, time.UTC)
		r.client, r.claimsName = "testuser1", "testuser1"
		r.pac = sign(t, unhex(t, testdata.MarshaledPAC_AD_WIN2K_PAC), r.key)
		leg, err := a.presents(t, r.token(t))
		if err != nil {
			t.Fatal(err)
		}
		id := leg.Identity
		if id.Domain != "TEST" || !strings.HasSuffix(id.SID, "-1105") || !slices.Contains(id.Groups, "S-1-5-21-3167651404-3865080224-2280184895-1115") {
			t.Errorf("a ticket of %s: got %+v", etype(ticket), id)
		}
	}
}

// TestTheDirectoryNamesTheAccount is about names that callers and other realms
// choose themselves. The PAC is that of testuser1 in the domain TEST.
func TestTheDirectoryNamesTheAccount(t *testing.T) {
	tests := map[string]struct {
		ticket, realm string // whom the ticket is for
		want          string
		domain        string
	}{
		"its own name":                       {"testuser1", "CONTOSO.TEST", "testuser1@CONTOSO.TEST", "TEST"},
		"in another case":                    {"TestUser1", "CONTOSO.TEST", "testuser1@CONTOSO.TEST", "TEST"},
		"a userPrincipalName":                {"t1@contoso.test", "CONTOSO.TEST", "testuser1@CONTOSO.TEST", "TEST"},
		"one that is another account's name": {"EX2010$", "CONTOSO.TEST", "testuser1@CONTOSO.TEST", "TEST"},
		"another realm with its own domain":  {"testuser1", "TEST.FABRIKAM", "testuser1@TEST.FABRIKAM", "TEST"},
		"another realm with our domain":      {"testuser1", "FABRIKAM.TEST", "testuser1@FABRIKAM.TEST", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := acceptor(t, new(bytes.Buffer))
			r := a.forge(t, 18, 18)
			r.authorized = time.Date(2017, 5, 6, 15, 53, 11, 0, time.UTC)
			r.client, r.claimsName, r.realm, r.claimsRealm = tt.ticket, tt.ticket, tt.realm, tt.realm
			r.pac = sign(t, forClient(t, unhex(t, testdata.MarshaledPAC_AD_WIN2K_PAC), tt.ticket), r.key)
			leg, err := a.presents(t, r.token(t))
			if err != nil {
				t.Fatal(err)
			}
			if got := leg.Identity; got.String() != tt.want || got.Domain != tt.domain || got.SID == "" {
				t.Errorf("got %+v, want %s of the domain %q", got, tt.want, tt.domain)
			}
		})
	}
}

// forClient puts the name in a ticket into its PAC, which a KDC does whatever the
// name of the account is.
func forClient(t testing.TB, pac []byte, name string) []byte {
	t.Helper()
	b := must(pacBuffers(pac))(t)[clientInfo]
	info := binary.LittleEndian.AppendUint16(bytes.Clone(b.data[:8]), uint16(2*len(name)))
	for _, c := range []byte(name) {
		info = append(info, c, 0)
	}
	pac = append(pac, make([]byte, -len(pac)&7)...)
	for i := range binary.LittleEndian.Uint32(pac) {
		if e := pac[8+16*i:]; binary.LittleEndian.Uint32(e) == clientInfo {
			binary.LittleEndian.PutUint32(e[4:], uint32(len(info)))
			binary.LittleEndian.PutUint64(e[8:], uint64(len(pac)))
		}
	}
	return append(pac, info...)
}

// sign makes the server signature anew, with a key of ours.
func sign(t testing.TB, pac []byte, k key) []byte {
	t.Helper()
	buffers := must(pacBuffers(pac))(t)
	server, kdc := buffers[serverSignature], buffers[kdcSignature]
	kind := checksumTypes[k.etype]
	room := pac
	if len(server.data) < 4+signatureSize(kind) { // RC4 has longer ones than AES
		room = append(bytes.Clone(pac), make([]byte, 24)...)
		for i := range binary.LittleEndian.Uint32(room) {
			if e := room[8+16*i:]; binary.LittleEndian.Uint32(e) == serverSignature {
				binary.LittleEndian.PutUint32(e[4:], 20)
				binary.LittleEndian.PutUint64(e[8:], uint64(len(pac)))
			}
		}
		server = must(pacBuffers(room))(t)[serverSignature]
	}
	clear(room[server.at : server.at+len(server.data)])
	binary.LittleEndian.PutUint32(room[server.at:], uint32(kind))
	signed := bytes.Clone(room)
	clear(signed[kdc.at+4 : kdc.at+20])
	sums := must(crypto.GetChksumEtype(kind))(t)
	copy(room[server.at+4:], must(sums.GetChecksumHash(k.value.reveal(), signed, keyusage.KERB_NON_KERB_CKSUM_SALT))(t))
	return room
}

func TestAPACWithoutTrustLeavesTheTicket(t *testing.T) {
	var log bytes.Buffer
	a := acceptor(t, &log)
	r := a.forge(t, 18, 18)
	r.pac = unhex(t, testdata.MarshaledPAC_AD_WIN2K_PAC)
	leg, err := a.presents(t, r.token(t))
	if err != nil {
		t.Fatal(err)
	}
	want := &authn.Identity{Mechanism: authn.Kerberos, Name: "EX2010$", Realm: "CONTOSO.TEST"}
	if diff := cmp.Diff(want, leg.Identity); diff != "" || !strings.Contains(log.String(), "the signature of the PAC is wrong") {
		t.Errorf("the log says %s\nidentity (-want +got):\n%s", &log, diff)
	}
}

func TestGroupsForDenyingLetNobodyIn(t *testing.T) {
	for attributes, want := range map[uint32]bool{0x7: true, 0x20000007: true, 0x3: false, 0x17: false, 0x10: false} {
		if got := enabled(attributes); got != want {
			t.Errorf("attributes %#x: %t, want %t", attributes, got, want)
		}
	}
}

// FuzzPAC looks for PACs that stop us or that cost more memory than they have.
// The signature is not checked: only who has the key could send these.
func FuzzPAC(f *testing.F) {
	for _, vector := range []string{testdata.MarshaledPAC_AD_WIN2K_PAC, strings.Repeat("ff", 64)} {
		f.Add(unhex(f, vector))
	}
	for _, vector := range []string{testdata.MarshaledPAC_Kerb_Validation_Info_MS, testdata.MarshaledPAC_Kerb_Validation_Info, testdata.MarshaledPAC_Kerb_Validation_Info_Trust} {
		f.Add(unhex(f, vector))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		buffers, err := pacBuffers(data)
		if err == nil {
			for _, b := range buffers {
				_, _ = readLogonInfo(b.data)
			}
			_ = checkClient(&logon{}, buffers[clientInfo].data)
		}
		m, err := readLogonInfo(data)
		if err == nil && 4*len(m.groups) > len(data) {
			t.Errorf("%d groups out of %d bytes", len(m.groups), len(data))
		}
	})
}
