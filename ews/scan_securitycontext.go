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
	c, groups := &SecurityContext{}, 0
	for r.typed() {
		switch string(r.Local) {
		case "UserSid":
			r.once(&has, hasUserSID)
			r.sid(r.Text())
		case "GroupSids":
			r.once(&has, hasGroups)
			r.groups("GroupIdentifier", &groups)
		case "RestrictedGroupSids":
			r.once(&has, hasRestrictedGroups)
			r.groups("RestrictedGroupIdentifier", &groups)
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

// groups reads one of the lists. n counts the groups in both.
func (r *scan) groups(entry string, n *int) {
	for r.Begin(&r.form); r.Child(); r.Begin(&r.form) {
		*n++
		if r.Space != spaceTypes || string(r.Local) != entry {
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
		r.sid(r.Vary(&r.form))
		if r.Child() {
			r.Decline(otherElement)
		}
		r.Learn(&r.form)
		*n += r.moreGroups()
	}
	if *n > maxGroups {
		r.Decline(otherValue)
	}
}

// moreGroups passes the entries that are written like the one before, and counts
// them.
func (r *scan) moreGroups() (n int) {
	for texts, ok := r.Again(&r.form); ok; texts, ok = r.Again(&r.form) {
		r.sid(texts[0])
		n++
	}
	return n
}

func (r *scan) sid(text []byte) {
	if !isSID(text) {
		r.Decline(otherValue)
	}
}
