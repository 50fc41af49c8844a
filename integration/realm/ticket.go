package realm

import (
	"encoding/asn1"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Ticket is one that a KDC has given to an account, in the hands of somebody who
// presents it as no honest client does.
type Ticket struct {
	messages.Ticket
	Client  types.PrincipalName
	Realm   string // of Client
	session types.EncryptionKey
}

// TicketFor gets a ticket for a service, such as HTTP/localhost. variables are
// those of an account that has logged on.
func TicketFor(t testing.TB, variables []string, service string) *Ticket {
	t.Helper()
	Needs(t, "kvno")
	c := exec.CommandContext(t.Context(), "kvno", service)
	c.Env = append(os.Environ(), variables...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	path := ""
	for _, variable := range variables {
		if rest, found := strings.CutPrefix(variable, "KRB5CCNAME=FILE:"); found {
			path = rest
		}
	}
	cache, err := credentials.LoadCCache(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range cache.GetEntries() {
		if entry.Server.PrincipalName.PrincipalNameString() != service {
			continue
		}
		ticket := &Ticket{Client: entry.Client.PrincipalName, Realm: entry.Client.Realm, session: entry.Key}
		if err := ticket.Unmarshal(entry.Ticket); err != nil {
			t.Fatal(err)
		}
		return ticket
	}
	t.Fatalf("there is no ticket for %s in %s", service, path)
	return nil
}

// Authenticator makes one, as an honest client does but for what changes it.
func (k *Ticket) Authenticator(t testing.TB, change func(*types.Authenticator)) types.EncryptedData {
	t.Helper()
	now := time.Now().UTC()
	a := types.Authenticator{
		AVNO: 5, CRealm: k.Realm, CName: k.Client, CTime: now.Truncate(time.Second), Cusec: now.Nanosecond() / 1000,
		Cksum: types.Checksum{CksumType: 0x8003, Checksum: append([]byte{16, 0, 0, 0}, make([]byte, 20)...)}, // RFC 4121 4.1.1
	}
	if change != nil {
		change(&a)
	}
	plain, err := a.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := crypto.GetEncryptedData(plain, k.session, keyusage.AP_REQ_AUTHENTICATOR, 0)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// Token is the GSS-API token (RFC 4121 4.1) that presents the ticket with an
// authenticator.
func (k *Ticket) Token(t testing.TB, authenticator types.EncryptedData, options ...int) []byte {
	t.Helper()
	request := messages.APReq{PVNO: 5, MsgType: 14, APOptions: types.NewKrbFlags(), Ticket: k.Ticket, EncryptedAuthenticator: authenticator}
	for _, option := range options {
		types.SetFlag(&request.APOptions, option)
	}
	message, err := request.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	name, err := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 113554, 1, 2, 2})
	if err != nil {
		t.Fatal(err)
	}
	token, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassApplication, IsCompound: true, Bytes: append(append(name, 1, 0), message...)})
	if err != nil {
		t.Fatal(err)
	}
	return token
}
