package kerberos

import (
	"time"

	"availproxy/ews/authn"
)

// library is what we have a Kerberos library for: the messages and the
// cryptography. It judges nothing. Errors about messages are [*authn.Refusal]s.
type library interface {
	// keytab reads the keys of a keytab.
	keytab(data []byte) ([]key, error)

	// open reads an AP-REQ (RFC 4120 5.5.1), decrypts its ticket with one of
	// the keys, and the authenticator with the key in the ticket.
	open(request []byte, keys []key) (*logon, error)

	// reply makes the AP-REP to what open has read (RFC 4120 5.5.2).
	reply(l *logon) ([]byte, error)

	// signed reports whether signature is the checksum of that type over data
	// with k, for the purpose of a PAC ([MS-PAC] 2.8). The type must be that
	// of the key.
	signed(k key, kind int32, data, signature []byte) (bool, error)
}

// logon is an AP-REQ that one of our keys has opened.
type logon struct {
	client     principal // in the ticket, by the word of the KDC
	claims     principal // in the authenticator, by the caller's own
	authorized time.Time // when the client proved itself to the KDC
	from, till time.Time // when the ticket is good
	invalid    bool      // it was postdated and is not good yet
	made       time.Time // the authenticator, by the caller's clock
	mutual     bool      // the caller wants to know who we are
	checksum   checksum  // in the authenticator; GSS-API puts more than a checksum there
	sealed     []byte    // the authenticator as it came
	pac        []byte    // in the ticket; empty: none
	service    key       // that opened the ticket
	session    key       // in the ticket
}

// principal is a client and its realm.
type principal struct{ name, realm string }

func (p principal) String() string { return p.name + "@" + p.realm }

type checksum struct {
	kind int32
	data []byte
}

// guarded turns a panic of a library into a refusal: it reads what strangers
// send, and none of them is known to stop on none of it.
type guarded struct{ library }

func (g guarded) keytab(data []byte) (keys []key, err error) {
	defer caught(&err)
	return g.library.keytab(data)
}

func (g guarded) open(request []byte, keys []key) (l *logon, err error) {
	defer caught(&err)
	return g.library.open(request, keys)
}

func (g guarded) reply(l *logon) (reply []byte, err error) {
	defer caught(&err)
	return g.library.reply(l)
}

func (g guarded) signed(k key, kind int32, data, signature []byte) (ok bool, err error) {
	defer caught(&err)
	return g.library.signed(k, kind, data, signature)
}

func caught(err *error) {
	if p := recover(); p != nil {
		*err = refuse(authn.Malformed, "kerberos: the library stopped: %v", p)
	}
}
