package ntlm

import (
	"crypto/subtle"

	"availproxy/ews/authn"
)

// Logon is an AUTHENTICATE_MESSAGE of NTLM version 2 ([MS-NLMP] 2.2.1.3): who
// the caller claims to be, and the proof of it.
type Logon struct {
	Message []byte // as it came
	Domain  string // NetBIOS name, DNS name, or "" where the caller left it out
	User    string

	flags     uint32
	proof     []byte // NTProofStr, 16 bytes
	blob      []byte // what the proof covers besides the challenge: NTLMv2_CLIENT_CHALLENGE
	pairs     avPairs
	sealedKey []byte // EncryptedRandomSessionKey
	mic       []byte // inside of Message; nil where the caller has promised none
}

// Where things are in an AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3).
const (
	atLM, atNT, atDomain, atUser, atWorkstation, atKey, atFlags = 12, 20, 28, 36, 44, 52, 60

	fixedPart   = 64
	atMIC       = 72
	behindMIC   = atMIC + 16
	proofLength = 16
	atPairs     = 28 // in the blob ([MS-NLMP] 2.2.2.7)
)

// readLogon reads a message and refuses what is no proof by NTLM version 2.
func readLogon(token []byte) (*Logon, error) {
	m := message(token)
	if !m.is(authenticateType) || len(m) < fixedPart {
		return nil, refuse(authn.Malformed, "ntlm: no AUTHENTICATE_MESSAGE, %d bytes", len(m))
	}
	l := &Logon{Message: token, flags: m.number(atFlags)}
	lm, ok1 := m.payload(atLM)
	nt, ok2 := m.payload(atNT)
	key, ok3 := m.payload(atKey)
	if !(ok1 && ok2 && ok3 && l.readNames(m)) {
		return nil, refuse(authn.Malformed, "ntlm: an AUTHENTICATE_MESSAGE that cannot be read, %d bytes", len(m))
	}
	l.sealedKey = key
	// [MS-NLMP] 3.2.5.1.2: an anonymous logon has no user and no responses.
	if l.User == "" || len(nt) == 0 && len(lm) <= 1 {
		return nil, refuse(Anonymous, "ntlm: an anonymous logon; a service that runs as LocalSystem without its computer account sends that")
	}
	if err := l.readProof(nt); err != nil {
		return nil, err
	}
	return l, l.findMIC(m)
}

func (l *Logon) readNames(m message) bool {
	for at, text := range map[int]*string{atDomain: &l.Domain, atUser: &l.User, atWorkstation: new(string)} {
		data, ok := m.payload(at)
		if ok {
			*text, ok = name(data, l.flags)
		}
		if !ok {
			return false
		}
	}
	return true
}

// readProof takes an NTLMv2_RESPONSE apart ([MS-NLMP] 2.2.2.8). One of version 1
// has 24 bytes, whether it comes with the other session security or not.
func (l *Logon) readProof(nt []byte) error {
	if len(nt) < proofLength+atPairs+4 {
		return refuse(Version1, "ntlm: %s logs on with LM or NTLM version 1; only version 2 is accepted (LmCompatibilityLevel 3 or more)", l)
	}
	l.proof, l.blob = nt[:proofLength], nt[proofLength:]
	pairs, ok := readPairs(l.blob[atPairs:])
	if l.blob[0] != 1 || l.blob[1] != 1 || !ok { // RespType, HiRespType
		return refuse(authn.Malformed, "ntlm: %s: an NTLMv2_RESPONSE that cannot be read, %d bytes", l, len(nt))
	}
	l.pairs = pairs
	return nil
}

// findMIC finds the code that the caller has promised, if it has. It stands
// behind the fixed part, in front of all payloads.
func (l *Logon) findMIC(m message) error {
	if !l.pairs.promisesMIC() {
		return nil
	}
	for _, at := range []int{atLM, atNT, atDomain, atUser, atWorkstation, atKey} {
		if data, _ := m.payload(at); len(data) > 0 && m.number(at+4) < behindMIC {
			return refuse(Integrity, "ntlm: %s: the message integrity code that its proof promises is missing", l)
		}
	}
	l.mic = m[atMIC:behindMIC] // a payload lies behind it
	if subtle.ConstantTimeCompare(l.mic, make([]byte, len(l.mic))) == 1 {
		return refuse(Integrity, "ntlm: %s: the message integrity code that its proof promises is missing", l)
	}
	return nil
}

// boundTo refuses a logon that was made for another TLS connection than c. Not
// every caller says for which one it is.
func (l *Logon) boundTo(c *authn.Connection) error {
	theirs := l.pairs.value(avChannelBindings)
	if subtle.ConstantTimeCompare(theirs, make([]byte, len(theirs))) == 1 {
		return nil // none, or all zero: [MS-NLMP] 2.2.2.1
	}
	ours, ok := c.Binding()
	if !ok {
		return refuse(authn.ChannelBinding, "ntlm: %s bound its logon to a TLS connection, and this one is without TLS; NTLM needs TLS to end here", l)
	}
	if subtle.ConstantTimeCompare(theirs, ours[:]) != 1 {
		return refuse(authn.ChannelBinding, "ntlm: %s bound its logon to a TLS connection with another certificate than ours: "+
			"an attacker is in between, or something that ends TLS in front of us", l)
	}
	return nil
}

// longestShown bounds a name that nobody has proved yet, in runes for the log.
const longestShown = 64

// String is who the caller claims to be, for the log.
func (l *Logon) String() string { return shorten(l.Domain) + `\` + shorten(l.User) }

func shorten(name string) string {
	if runes := []rune(name); len(runes) > longestShown {
		return string(runes[:longestShown]) + "..."
	}
	return name
}
