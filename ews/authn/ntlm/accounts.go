package ntlm

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"availproxy/ews/authn"
)

// Accounts checks logons against the hashes of a few accounts. It accepts the
// domain of an account in the spelling of the file alone, but for case.
type Accounts struct {
	computer string // our NetBIOS name
	domain   string // that of the first account, which the challenge names
	accounts map[string]account
	decoy    ntHash // for unknown accounts, so that they take as long
}

var _ Backend = (*Accounts)(nil)

type account struct {
	domain, name string
	hash         ntHash
}

// ntHash is the MD4 of a password in UTF-16 ([MS-NLMP] 3.3.1). It is as good as
// the password, and cannot be printed: it is behind a pointer so that not even
// fmt's %#v of a struct that keeps one gets at it.
type ntHash struct{ sum *[16]byte }

// String hides the hash.
func (ntHash) String() string { return "(secret)" }

// GoString hides the hash.
func (ntHash) GoString() string { return "(secret)" }

// NewAccounts reads accounts, one on each line, with the hash in 32 hexadecimal
// digits:
//
//	CONTOSO\loadtest:8846F7EAEE8FB117AD06BDD830B7586C
//
// Empty lines and those that begin with # are skipped. Every bad line is in the
// error, without what stands there. This makes a hash:
//
//	printf %s 'the password' | iconv -t UTF-16LE | openssl dgst -md4 -provider legacy
//
// computer is our own name.
func NewAccounts(file io.Reader, computer string) (*Accounts, error) {
	computer, _, _ = strings.Cut(computer, ".")
	a := &Accounts{computer: strings.ToUpper(computer), accounts: map[string]account{}, decoy: ntHash{new([16]byte)}}
	rand.Read(a.decoy.sum[:])
	var errs []error
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := a.add(line); err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", n, err))
		}
	}
	if len(a.accounts) == 0 && len(errs) == 0 {
		errs = append(errs, errors.New("there is no account in it"))
	}
	return a, errors.Join(append(errs, lines.Err())...)
}

func (a *Accounts) add(line string) error {
	principal, digits, _ := strings.Cut(line, ":")
	domain, name, _ := strings.Cut(principal, `\`)
	sum, err := hex.DecodeString(digits)
	if domain == "" || name == "" || err != nil || len(sum) != 16 {
		return errors.New(`want DOMAIN\NAME:HASH with an NT hash of 32 hexadecimal digits`)
	}
	key := sameAccount(domain, name)
	if _, twice := a.accounts[key]; twice {
		return errors.New("the account stands here for the second time")
	}
	if a.domain == "" {
		a.domain = domain
	}
	a.accounts[key] = account{domain, name, ntHash{(*[16]byte)(sum)}}
	return nil
}

// Ready implements [Backend].
func (a *Accounts) Ready() bool { return true }

// Challenge implements [Backend].
func (a *Accounts) Challenge(_ context.Context, _ netip.Addr, negotiate []byte) (Exchange, []byte, error) {
	flags, err := readNegotiate(negotiate)
	if err != nil {
		return nil, nil, err
	}
	e := &localExchange{accounts: a, negotiate: negotiate}
	rand.Read(e.nonce[:])
	e.challenge = a.challenge(flags, e.nonce)
	return e, e.challenge, nil
}

// localExchange is the one of an [Accounts].
type localExchange struct {
	accounts             *Accounts
	nonce                [8]byte
	negotiate, challenge []byte // the messages before the answer, which its integrity code covers
}

// Check implements [Exchange].
func (e *localExchange) Check(_ context.Context, l *Logon) (*authn.Identity, error) {
	account, known := e.accounts.accounts[sameAccount(l.Domain, l.User)]
	if !known {
		account.hash = e.accounts.decoy
	}
	p := e.proof(l, account.hash)
	if !hmac.Equal(p.expected, l.proof) || !known {
		return nil, refuse(authn.BadPassword, "ntlm: %s: unknown account or wrong password", l)
	}
	if l.mic != nil && !p.covers(e, l) {
		return nil, refuse(Integrity, "ntlm: %s: the messages are not those that the caller has seen", l)
	}
	return &authn.Identity{Mechanism: authn.NTLM, Name: account.name, Realm: account.domain}, nil
}

// Close implements [Exchange].
func (e *localExchange) Close() {}
