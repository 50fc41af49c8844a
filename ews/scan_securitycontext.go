package ews

import "availproxy/ews/soap"

const (
	hasUserSID fields = 1 << iota
	hasGroups
	hasRestrictedGroups
	hasAddress
)

// securityContext reads what [readSecurityContext] reads. One that is not in
// order is declined, whether anybody will look at it or not.
func (r *scan) securityContext() {
	var has fields
	c := &SecurityContext{}
	for r.typed() {
		switch string(r.Local) {
		case "UserSid":
			r.once(&has, hasUserSID)
			r.sid()
		case "GroupSids":
			r.once(&has, hasGroups)
			r.groups("GroupIdentifier")
		case "RestrictedGroupSids":
			r.once(&has, hasRestrictedGroups)
			r.groups("RestrictedGroupIdentifier")
		case "PrimarySmtpAddress":
			r.once(&has, hasAddress)
			c.PrimarySmtpAddress = string(r.Text())
		default:
			r.Decline(otherElement)
		}
	}
	r.need(has, hasUserSID)
	r.caller.header.claimed = c
}

func (r *scan) groups(entry string) {
	for n := 1; r.Child(); n++ {
		if r.Space != spaceTypes || string(r.Local) != entry || n > maxGroups {
			r.Decline(otherElement)
		}
		for _, a := range r.Attributes {
			if a.Space != soap.NoNamespace || string(a.Local) != "Attributes" {
				r.Decline(otherElement)
			}
		}
		if !r.typed() || string(r.Local) != "SecurityIdentifier" {
			r.Decline(otherElement)
		}
		r.sid()
		if r.Child() {
			r.Decline(otherElement)
		}
	}
}

func (r *scan) sid() {
	if !isSID(r.Text()) {
		r.Decline(otherValue)
	}
}
