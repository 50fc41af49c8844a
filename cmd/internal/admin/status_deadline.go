package admin

import "time"

// CertificateStatus is one certificate of ours.
type CertificateStatus struct {
	Role, Thumbprint string
	NotAfter         time.Time
}

// soon is when the end of a certificate is worth a warning: a new one must reach
// both sides before.
const soon = 60 * day

// Soon reports whether the end is near, or over.
func (c CertificateStatus) Soon() bool { return time.Until(c.NotAfter) < soon }

// TokenStatus is a token that is held. It does not hold the token itself.
type TokenStatus struct {
	Server, Audience string
	Expires          time.Time
}

// Deadline is a day by which something must have been done.
type Deadline struct {
	At   time.Time
	What string
	Soon bool // it is worth a warning
}
