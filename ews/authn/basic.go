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
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/crypto/bcrypt"
)

// BasicUsers recognises callers by name and password (RFC 7617) against bcrypt
// hashes. It neither offers nor accepts Basic on a connection where others
// could read along: TLS or loopback only.
type BasicUsers struct {
	realm   string
	users   map[string]*basicUser // by name
	dearest int                   // the highest cost among their hashes

	desks    sync.Pool // of *basicDesk
	verified *lru.Cache[[sha256.Size]byte, verified]
	throttle *Throttle
	checking chan struct{} // bounds how many processors bcrypt may keep busy: strangers can ask for that
}

var _ Authenticator = (*BasicUsers)(nil)

type basicUser struct {
	name string
	hash []byte // bcrypt; nil: there is no such user
}

// verified is a user whose password was right.
type verified struct {
	who   *Identity
	until time.Time // it need not be hashed again
}

// rememberVerified is for how long a password that was right need not be
// hashed again: old servers send it with every request.
const rememberVerified = time.Minute

// NewBasicUsers reads users in the form of htpasswd, "name:bcrypt hash" on each
// line; empty lines and those that begin with # are skipped. Every bad line is
// in the error. realm is shown to the caller.
func NewBasicUsers(users io.Reader, realm string) (*BasicUsers, error) {
	key := make([]byte, 32)
	rand.Read(key)
	b := &BasicUsers{realm: realm, users: map[string]*basicUser{}, checking: make(chan struct{}, max(1, runtime.NumCPU()/2))}
	b.desks.New = func() any { return &basicDesk{mac: hmac.New(sha256.New, key)} }
	if err := b.read(users); err != nil {
		return nil, err
	}
	var err error
	if b.throttle, err = NewThrottle(); err != nil {
		return nil, err
	}
	b.dearest = b.cost()
	b.verified, err = lru.New[[sha256.Size]byte, verified](1024)
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
		if b.users[name] != nil {
			errs = append(errs, fmt.Errorf("line %d: the user stands here for the second time", n))
		}
		b.users[name] = &basicUser{name, []byte(hash)}
	}
	return errors.Join(append(errs, lines.Err())...)
}

// Knows reports whether there is such a user, by the exact name.
func (b *BasicUsers) Knows(name string) bool { return b.users[name] != nil }

// cost is the highest cost among the users' hashes.
func (b *BasicUsers) cost() int {
	highest := bcrypt.MinCost
	for _, user := range b.users {
		cost, _ := bcrypt.Cost(user.hash) // was checked when it was read
		highest = max(highest, cost)
	}
	return highest
}

var (
	errWrongPassword = &Refusal{Basic, BadPassword, errors.New("authn: unknown user or wrong password")}
	errUnreadable    = &Refusal{Basic, Malformed, errors.New("authn: Basic credentials that are no name and password in base64")}
	errNotPrivate    = &Refusal{Basic, NotPrivate, errors.New("authn: Basic credentials over a connection that is neither TLS nor loopback")}
)

// Authenticate implements [Authenticator].
func (b *BasicUsers) Authenticate(r *http.Request) (Outcome, error) {
	given, ok := Credentials(r, "Basic")
	if !ok {
		return Outcome{}, nil
	}
	if !private(r) {
		return Outcome{}, errNotPrivate
	}
	desk := b.desks.Get().(*basicDesk)
	defer b.desks.Put(desk)
	defer desk.clear()
	if !desk.read(given) {
		return Outcome{}, errUnreadable
	}
	who, err := b.check(r, desk)
	return Outcome{Identity: who}, err
}

func (b *BasicUsers) check(r *http.Request, d *basicDesk) (*Identity, error) {
	user := b.user(d.name)
	g := Guess{client(r), user.name}
	if err := b.throttle.Open(Basic, g); err != nil {
		return nil, err
	}
	credential := d.hash()
	if known, ok := b.verified.Get(credential); ok && time.Now().Before(known.until) {
		return known.who, nil
	}
	select {
	case b.checking <- struct{}{}:
		defer func() { <-b.checking }()
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	// Others may have failed while this one waited: guesses that come all at
	// once are as many as those that come one by one.
	if err := b.throttle.Open(Basic, g); err != nil {
		return nil, err
	}
	if !b.compare(user, d.password) {
		b.throttle.Failed(g)
		return nil, errWrongPassword
	}
	who := &Identity{Mechanism: Basic, Name: user.name}
	b.verified.Add(credential, verified{who, time.Now().Add(rememberVerified)})
	return who, nil
}

// user is the one of that name, with no hash when there is none.
func (b *BasicUsers) user(name []byte) *basicUser {
	if known := b.users[string(name)]; known != nil {
		return known
	}
	return &basicUser{name: string(name)}
}

// compare takes as long for every name, and whether the password is right or
// not: as long as the dearest hash. Each step of cost doubles the work, so that a
// cheaper hash is followed by one of its own cost and by each up to the dearest.
func (b *BasicUsers) compare(user *basicUser, password []byte) bool {
	if user.hash == nil {
		bcrypt.CompareHashAndPassword(decoy(b.dearest), password)
		return false
	}
	right := bcrypt.CompareHashAndPassword(user.hash, password) == nil
	cost, _ := bcrypt.Cost(user.hash) // was checked when it was read
	for ; cost < b.dearest; cost++ {
		bcrypt.CompareHashAndPassword(decoy(cost), password)
	}
	return right
}

// decoy is a hash of that cost, of no password that anybody knows.
func decoy(cost int) []byte {
	return fmt.Appendf(nil, "$2a$%02d$%s", cost, strings.Repeat("x", 53))
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
