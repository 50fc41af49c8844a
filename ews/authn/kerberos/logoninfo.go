package kerberos

import (
	"errors"
	"fmt"
	"slices"
)

// membership is what a PAC says of the client.
type membership struct {
	account string   // of the client, as the directory names it
	domain  string   // NetBIOS name
	sid     string   // of the client; "" when nothing is known
	groups  []string // SIDs, each once
}

var errLogonInfo = errors.New("kerberos: a KERB_VALIDATION_INFO that cannot be read")

// readLogonInfo reads a KERB_VALIDATION_INFO ([MS-PAC] 2.5) in the serialization
// of [MS-RPCE] 2.2.6: first the structure, in which a pointer is a number other
// than zero, then what the pointers lead to, in their order.
func readLogonInfo(data []byte) (membership, error) {
	r := &ndr{data: data}
	if r.uint32() != 0x00081001 { // version 1, little endian, headers of 8 bytes
		return membership{}, errLogonInfo
	}
	head := readLogonHead(r)
	var names [len(head.names)]string
	for i, there := range head.names {
		if there {
			names[i] = r.text()
		}
	}
	groups := r.rids(head.groups)
	if head.server {
		r.text()
	}
	m := membership{account: names[0]} // EffectiveName
	if head.domain {
		m.domain = r.text()
	}
	if !head.domainSID {
		return membership{}, errLogonInfo
	}
	domain := r.sid()
	m.sid = under(domain, head.user)
	for _, rid := range groups {
		m.groups = append(m.groups, under(domain, rid))
	}
	m.groups = append(m.groups, r.extraSIDs(head.extra)...)
	if head.resourceSID {
		domain = r.sid()
	}
	for _, rid := range r.rids(head.resource) {
		m.groups = append(m.groups, under(domain, rid))
	}
	if r.failed {
		return membership{}, errLogonInfo
	}
	slices.Sort(m.groups)
	m.groups = slices.Compact(m.groups)
	return m, nil
}

// under is the SID of whoever has that number in a domain.
func under(domain string, rid uint32) string { return fmt.Sprintf("%s-%d", domain, rid) }

// logonHead is what matters of the structure itself: numbers, and which pointers
// lead somewhere.
type logonHead struct {
	names                  [6]bool
	user                   uint32
	groups                 bool
	server, domain         bool
	domainSID, resourceSID bool
	extra, resource        bool
}

func readLogonHead(r *ndr) (h logonHead) {
	r.skip(16)    // the rest of both headers, and the pointer to the structure
	r.skip(6 * 8) // times
	for i := range h.names {
		h.names[i] = r.textPointer()
	}
	r.skip(2 * 2) // counts of logons
	h.user = r.uint32()
	r.skip(2 * 4) // primary group, which is among the groups; their number, which stands there again
	h.groups = r.pointer()
	r.skip(4 + 16) // flags, session key
	h.server, h.domain = r.textPointer(), r.textPointer()
	h.domainSID = r.pointer()
	r.skip(2*4 + 2*4 + 2*8 + 2*4) // reserved, account and status, logons that failed
	r.skip(4)
	h.extra, h.resourceSID = r.pointer(), r.pointer()
	r.skip(4)
	h.resource = r.pointer()
	return h
}

// textPointer reads an RPC_UNICODE_STRING as it stands in a structure.
func (r *ndr) textPointer() bool {
	r.skip(2 * 2)
	return r.pointer()
}

// The attributes of a group ([MS-PAC] 2.2.1). One that is for denying only must
// not let anybody in.
const (
	groupEnabled  = 0x04
	groupDenyOnly = 0x10
)

func enabled(attributes uint32) bool { return attributes&(groupEnabled|groupDenyOnly) == groupEnabled }

// rids reads an array of GROUP_MEMBERSHIP ([MS-PAC] 2.2.2).
func (r *ndr) rids(there bool) (rids []uint32) {
	if !there {
		return nil
	}
	for range r.count(8) {
		if rid := r.uint32(); enabled(r.uint32()) {
			rids = append(rids, rid)
		}
	}
	return rids
}

// extraSIDs reads an array of KERB_SID_AND_ATTRIBUTES ([MS-PAC] 2.2.1) and the
// SIDs behind it.
func (r *ndr) extraSIDs(there bool) (sids []string) {
	if !there {
		return nil
	}
	type entry struct{ there, enabled bool }
	entries := make([]entry, r.count(8))
	for i := range entries {
		entries[i] = entry{r.pointer(), enabled(r.uint32())}
	}
	for _, e := range entries {
		if !e.there {
			continue
		}
		if sid := r.sid(); e.enabled {
			sids = append(sids, sid)
		}
	}
	return sids
}
