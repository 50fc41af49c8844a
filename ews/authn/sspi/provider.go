package sspi

// Package is a security package, by the name that Windows has for it
// (learn.microsoft.com "ssp-packages-provided-by-microsoft").
type Package string

// The packages that prove callers. Negotiate finds one of the other two.
const (
	NegotiatePackage Package = "Negotiate"
	KerberosPackage  Package = "Kerberos"
	NTLMPackage      Package = "NTLM"
)

// Provider is the Security Support Provider Interface of a machine. It must be
// safe for concurrent use. Its errors, and those of its contexts, are [Status]
// values where Windows gives one.
type Provider interface {
	// Open gets the credentials of the account that we run as, for incoming
	// logons, and a context that has seen no token yet (AcquireCredentialsHandle).
	// The caller deletes the Context. It may block.
	Open(Package) (Context, error)
}

// Context is one logon under way. No two goroutines use it at the same time.
type Context interface {
	// Accept takes the caller's next token and gives ours (AcceptSecurityContext).
	// Unless the logon is done, another one has to follow. It blocks for as long as
	// a domain controller takes, and nothing can interrupt it.
	Accept(token []byte, b Binding) (reply []byte, done bool, err error)

	// Caller is who has logged on, once that is done. It may block as Accept does.
	Caller() (Caller, error)

	// Delete gives back the context and the credentials. It is called once, also
	// after an error.
	Delete()
}

// Binding is what a logon must be bound to.
type Binding struct {
	EndPoint []byte // [authn.Connection.EndPoint]; nil: nothing, or nobody asks
	Required bool   // a logon that is bound to nothing is refused as well
}

// Caller is who has logged on, from the access token that Windows has made
// (QuerySecurityContextToken).
type Caller struct {
	Package   Package // that has proved it
	Account   string  // DOMAIN\name, as that of SID
	Principal string  // name@REALM in the ticket; "" without a ticket
	SID       string
	Groups    []Group
}

// Group is a group of a caller with its attributes in the access token
// (learn.microsoft.com "token_groups", SE_GROUP_*).
type Group struct {
	SID        string
	Attributes uint32
}
