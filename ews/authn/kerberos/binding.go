package kerberos

import (
	"crypto/subtle"
	"encoding/binary"

	"availproxy/ews/authn"
)

// Binding says what is asked of the channel bindings in a logon: the word of the
// caller that it is meant for this TLS connection alone.
type Binding int

// What can be asked. Callers without the extended protection of 2009 send none,
// and later ones none over plain HTTP.
const (
	BindingWhenPresent Binding = iota // wrong ones are refused, none is fine
	BindingRequired                   // none is refused as well
	BindingIgnored                    // for TLS that ends in front of us
)

// gssChecksum is the type of the checksum in which GSS-API keeps its flags and
// channel bindings (RFC 4121 4.1.1).
const gssChecksum = 0x8003

func (b Binding) check(l *logon, c *authn.Connection) error {
	if b == BindingIgnored {
		return nil
	}
	theirs, err := l.binding()
	if err != nil {
		return err
	}
	if theirs == [16]byte{} {
		if b == BindingRequired {
			return refuse(authn.ChannelBinding, "kerberos: %q bound its logon to no TLS connection, and channel_binding is required", l.client)
		}
		return nil
	}
	ours, ok := c.Binding()
	if !ok {
		return refuse(authn.ChannelBinding, "kerberos: %q bound its logon to a TLS connection, and this one is without TLS; "+
			"if TLS ends in front of us, set channel_binding to none", l.client)
	}
	if subtle.ConstantTimeCompare(theirs[:], ours[:]) != 1 {
		return refuse(authn.ChannelBinding, "kerberos: %q bound its logon to a TLS connection with another certificate than ours; "+
			"somebody is in between: an attacker, or something that ends TLS in front of us, and then set channel_binding to none", l.client)
	}
	return nil
}

// binding is the hash of the channel bindings, all zeros for none. Some callers
// have a checksum of another type, or none at all, and no bindings then.
func (l *logon) binding() (hash [16]byte, err error) {
	if l.checksum.kind != gssChecksum {
		return hash, nil
	}
	data := l.checksum.data
	if len(data) < 24 || binary.LittleEndian.Uint32(data) != uint32(len(hash)) {
		return hash, refuse(authn.Malformed, "kerberos: a GSS-API checksum of %d bytes", len(data))
	}
	copy(hash[:], data[4:])
	return hash, nil
}
