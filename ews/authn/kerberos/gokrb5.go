package kerberos

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/adtype"
	"github.com/jcmturner/gokrb5/v8/iana/asnAppTag"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"availproxy/ews/authn"
)

// gokrb5 is the library of that name.
type gokrb5 struct{}

var _ library = gokrb5{}

func (gokrb5) keytab(data []byte) ([]key, error) {
	var file keytab.Keytab
	if err := file.Unmarshal(data); err != nil {
		return nil, err
	}
	var keys []key
	for _, e := range file.Entries {
		keys = append(keys, key{principal: e.Principal.String(), version: e.KVNO, etype: etype(e.Key.KeyType), value: newSecret(e.Key.KeyValue)})
	}
	return keys, nil
}

func (g gokrb5) open(request []byte, keys []key) (*logon, error) {
	var req messages.APReq
	if err := req.Unmarshal(request); err != nil {
		return nil, refuse(authn.Malformed, "kerberos: AP-REQ: %w", err)
	}
	if types.IsFlagSet(&req.APOptions, flags.APOptionUseSessionKey) {
		return nil, refuse(authn.Malformed, "kerberos: a ticket from user to user, where one for a service belongs")
	}
	service, err := decrypt(&req.Ticket, keys)
	if err != nil {
		return nil, err
	}
	ticket := req.Ticket.DecryptedEncPart
	sealed := req.EncryptedAuthenticator.Cipher
	// The library would take the key usage from the name of the service, which
	// anybody can change.
	plain, err := crypto.DecryptMessage(sealed, ticket.Key, keyusage.AP_REQ_AUTHENTICATOR)
	if err != nil {
		return nil, refuse(BadIntegrity, "kerberos: the authenticator of %q: %w", client(ticket.CName, ticket.CRealm), err)
	}
	var authenticator types.Authenticator
	if err := authenticator.Unmarshal(plain); err != nil {
		return nil, refuse(authn.Malformed, "kerberos: the authenticator of %q: %w", client(ticket.CName, ticket.CRealm), err)
	}
	return &logon{
		client: client(ticket.CName, ticket.CRealm), claims: client(authenticator.CName, authenticator.CRealm),
		authorized: ticket.AuthTime, from: start(ticket), till: ticket.EndTime, invalid: types.IsFlagSet(&ticket.Flags, flags.Invalid),
		made:     authenticator.CTime.Add(time.Duration(authenticator.Cusec) * time.Microsecond),
		mutual:   types.IsFlagSet(&req.APOptions, flags.APOptionMutualRequired),
		checksum: checksum{authenticator.Cksum.CksumType, authenticator.Cksum.Checksum},
		sealed:   sealed, pac: findPAC(ticket.AuthorizationData),
		service: service, session: key{etype: etype(ticket.Key.KeyType), value: newSecret(ticket.Key.KeyValue)},
	}, nil
}

// decrypt opens the ticket and returns the key that did.
func decrypt(ticket *messages.Ticket, keys []key) (key, error) {
	e, version := etype(ticket.EncPart.EType), uint32(ticket.EncPart.KVNO)
	for _, k := range candidates(keys, e, version) {
		if ticket.Decrypt(k.forLibrary()) == nil {
			return k, nil
		}
	}
	asked := key{principal: client(ticket.SName, ticket.Realm).String(), version: version, etype: e}
	return key{}, refuse(NoKey, "kerberos: no key of the keytab opens the ticket for %q; the keytab holds %s", asked.String(), list(keys))
}

func (k key) forLibrary() types.EncryptionKey {
	return types.EncryptionKey{KeyType: int32(k.etype), KeyValue: k.value.reveal()}
}

// client is a name in the way in which it is written (RFC 1964 2.1.1): what
// stands inside of a part is no separator.
func client(name types.PrincipalName, realm string) principal {
	parts := make([]string, len(name.NameString))
	for i, part := range name.NameString {
		parts[i] = quoted.Replace(part)
	}
	return principal{strings.Join(parts, "/"), realm}
}

var quoted = strings.NewReplacer(`\`, `\\`, `/`, `\/`)

// start is when the ticket begins, which is the time of the logon where nothing
// else is said (RFC 4120 5.3).
func start(ticket messages.EncTicketPart) time.Time {
	if ticket.StartTime.IsZero() {
		return ticket.AuthTime
	}
	return ticket.StartTime
}

// findPAC looks where a KDC puts it: first in the first AD-IF-RELEVANT that holds
// one ([MS-PAC] 2.1).
func findPAC(all types.AuthorizationData) []byte {
	for _, outer := range all {
		var inner types.AuthorizationData
		if outer.ADType != adtype.ADIfRelevant || inner.Unmarshal(outer.ADData) != nil || len(inner) == 0 {
			continue
		}
		if inner[0].ADType == adtype.ADWin2KPAC {
			return inner[0].ADData
		}
	}
	return nil
}

// reply repeats the caller's time under the key that only the service named in
// the ticket can have found there (RFC 4120 3.2.4).
func (gokrb5) reply(l *logon) ([]byte, error) {
	var number [4]byte
	rand.Read(number[:])
	part := messages.EncAPRepPart{
		CTime: l.made.UTC().Truncate(time.Second), Cusec: l.made.Nanosecond() / 1000,
		SequenceNumber: int64(binary.BigEndian.Uint32(number[:]) & 0x3fffffff),
	}
	plain, err := asn1.Marshal(part)
	if err != nil {
		return nil, err
	}
	plain = asn1tools.AddASNAppTag(plain, asnAppTag.EncAPRepPart)
	sealed, err := crypto.GetEncryptedData(plain, l.session.forLibrary(), keyusage.AP_REP_ENCPART, 0)
	if err != nil {
		return nil, err
	}
	reply, err := asn1.Marshal(messages.APRep{PVNO: 5, MsgType: msgtype.KRB_AP_REP, EncPart: sealed})
	if err != nil {
		return nil, err
	}
	return asn1tools.AddASNAppTag(reply, asnAppTag.APREP), nil
}

// checksumTypes are those that belong to the keys (RFC 3961 4, [MS-PAC] 2.8).
var checksumTypes = map[etype]int32{17: 15, 18: 16, 19: 19, 20: 20, 23: -138}

func (gokrb5) signed(k key, kind int32, data, signature []byte) (bool, error) {
	if checksumTypes[k.etype] != kind {
		return false, fmt.Errorf("kerberos: a checksum of type %d, where the key is of %s", kind, k.etype)
	}
	sums, err := crypto.GetChksumEtype(kind)
	if err != nil {
		return false, errors.New("kerberos: unknown type of checksum")
	}
	return sums.VerifyChecksum(k.value.reveal(), data, signature, keyusage.KERB_NON_KERB_CKSUM_SALT), nil
}
