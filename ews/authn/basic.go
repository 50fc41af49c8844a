package authn

import (
	"bufio"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/crypto/bcrypt"
)

// BasicUsers recognises callers by name and password (RFC 7617) against bcrypt
// hashes. It neither offers nor accepts Basic on a connection where others
// could read along: TLS or loopback only.
type BasicUsers struct {
	realm  string
	hashes map[string][]byte
	decoy  []byte // compared for unknown users, so that they take as long

	key      []byte // of the hashes in verified
	verified *lru.Cache[[sha256.Size]byte, time.Time]
	throttle *Throttle
	checking chan struct{} // bounds how many processors bcrypt may keep busy
}

var _ Authenticator = (*BasicUsers)(nil)

// rememberVerified is for how long a password that was right need not be
// hashed again: old servers send it with every request.
const rememberVerified = time.Minute

// NewBasicUsers reads users in the form of htpasswd, "name:bcrypt hash" on each
// line; empty lines and those that begin with # are skipped. Every bad line is
// in the error. realm is shown to the caller.
func NewBasicUsers(users io.Reader, realm string) (*BasicUsers, error) {
	b := &BasicUsers{realm: realm, hashes: map[string][]byte{}, key: make([]byte, 32), checking: make(chan struct{}, runtime.NumCPU())}
	rand.Read(b.key)
	if err := b.read(users); err != nil {
		return nil, err
	}
	var err error
	if b.throttle, err = NewThrottle(); err != nil {
		return nil, err
	}
	if b.decoy, err = bcrypt.GenerateFromPassword(b.key, b.cost()); err != nil {
		return nil, fmt.Errorf("authn: %w", err)
	}
	b.verified, err = lru.New[[sha256.Size]byte, time.Time](1024)
	return b, err
}

func (b *BasicUsers) read(users io.Reader) error {
	var errs []error
	lines := bufio.NewScanner(users)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, hash, _ := strings.Cut(line, ":")
		if _, err := bcrypt.Cost([]byte(hash)); err != nil || name == "" {
			errs = append(errs, fmt.Errorf("line %d: want NAME:HASH with a bcrypt hash, as htpasswd -B writes it", n))
			continue
		}
		if _, twice := b.hashes[name]; twice {
			errs = append(errs, fmt.Errorf("line %d: the user stands here for the second time", n))
		}
		b.hashes[name] = []byte(hash)
	}
	return errors.Join(append(errs, lines.Err())...)
}

// cost is the highest cost among the users' hashes.
func (b *BasicUsers) cost() int {
	highest := bcrypt.MinCost
	for _, hash := range b.hashes {
		cost, _ := bcrypt.Cost(hash) // was checked when it was read
		highest = max(highest, cost)
	}
	return highest
}

var (
	errWrongPassword = &Refusal{Basic, BadPassword, errors.New("authn: unknown user or wrong password")}
	errNotPrivate    = &Refusal{Basic, NotPrivate, errors.New("authn: Basic credentials over a connection that is neither TLS nor loopback")}
)

// Authenticate implements [Authenticator].
func (b *BasicUsers) Authenticate(r *http.Request) (Outcome, error) {
	name, password, ok := r.BasicAuth()
	if !ok {
		return Outcome{}, nil
	}
	if !private(r) {
		return Outcome{}, errNotPrivate
	}
	if err := b.check(r, name, password); err != nil {
		return Outcome{}, err
	}
	return Outcome{Identity: &Identity{Mechanism: Basic, Name: name}}, nil
}

func (b *BasicUsers) check(r *http.Request, name, password string) error {
	g := Guess{client(r), name}
	if err := b.throttle.Open(Basic, g); err != nil {
		return err
	}
	credential := b.hash(name, password)
	if until, ok := b.verified.Get(credential); ok && time.Now().Before(until) {
		return nil
	}
	select {
	case b.checking <- struct{}{}:
		defer func() { <-b.checking }()
	case <-r.Context().Done():
		return r.Context().Err()
	}
	hash, known := b.hashes[name]
	if !known {
		hash = b.decoy
	}
	if bcrypt.CompareHashAndPassword(hash, []byte(password)) != nil || !known {
		b.throttle.Failed(g)
		return errWrongPassword
	}
	b.verified.Add(credential, time.Now().Add(rememberVerified))
	return nil
}

// hash is under a key that dies with the process: what is remembered helps
// nobody who reads our memory image offline to guess passwords cheaply.
func (b *BasicUsers) hash(name, password string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, b.key)
	fmt.Fprintf(mac, "%d:%s%s", len(name), name, password)
	mac.Sum(sum[:0])
	return sum
}

// Challenge implements [Authenticator].
func (b *BasicUsers) Challenge(r *http.Request) string {
	if !private(r) {
		return ""
	}
	return fmt.Sprintf("Basic realm=%q", b.realm)
}

// private reports whether nobody on the way can read r.
func private(r *http.Request) bool { return r.TLS != nil || peer(r).IsLoopback() }
