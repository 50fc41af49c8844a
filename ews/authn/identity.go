package authn

import "context"

// Mechanism is the way in which an Identity was established.
type Mechanism string

// The mechanisms that there are names for. They stand in logs, on the page for
// the admin and in metrics.
const (
	Network     Mechanism = "anonymous_network" // by nothing but the socket address
	Basic       Mechanism = "basic"
	Kerberos    Mechanism = "kerberos"
	NTLM        Mechanism = "ntlm"
	Certificate Mechanism = "certificate"
)

// Identity is who sent a request, as one mechanism has proved it.
type Identity struct {
	Mechanism Mechanism
	Name      string   // user, computer account with its $, subject; the address for Network
	Realm     string   // Kerberos realm or NTLM domain, else ""
	Domain    string   // NetBIOS name of a Kerberos realm, where the ticket holds a PAC
	Aliases   []string // further names in a client certificate
	SID       string   // "" where the mechanism gives none
	Groups    []string // SIDs
}

// String is the principal as the allow list writes it.
func (id Identity) String() string {
	switch id.Mechanism {
	case Kerberos:
		return id.Name + "@" + id.Realm
	case NTLM:
		return id.Realm + `\` + id.Name
	case Certificate:
		return "cert:" + id.Name
	case Basic:
		return "basic:" + id.Name
	default:
		return "anonymous from " + id.Name
	}
}

type contextKey struct{}

// NewContext returns a context that carries id.
func NewContext(ctx context.Context, id Identity) context.Context { return id.within(ctx) }

// within shares id with whoever gets it from the context. It must not be changed
// any more.
func (id *Identity) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}

// FromContext returns the Identity that a [Gate] has put into ctx.
func FromContext(ctx context.Context) (id Identity, ok bool) {
	held, ok := ctx.Value(contextKey{}).(*Identity)
	if !ok {
		return Identity{}, false
	}
	return *held, true
}
