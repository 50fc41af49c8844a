package ntlm

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"strings"
)

// proof is what the answer to a challenge has to be ([MS-NLMP] 3.3.2).
type proof struct {
	expected   []byte // NTProofStr
	sessionKey []byte // SessionBaseKey, which version 2 takes for KeyExchangeKey
}

func (e *localExchange) proof(l *Logon, hash ntHash) proof {
	key := mac(hash.sum[:], wide(strings.ToUpper(l.User)+l.Domain)) // NTOWFv2
	expected := mac(key, e.nonce[:], l.blob)
	return proof{expected, mac(key, expected)}
}

// covers reports whether the message integrity code of l is that of the three
// messages as we know them, with zeros where it stands itself ([MS-NLMP]
// 3.2.5.1.2).
func (p proof) covers(e *localExchange, l *Logon) bool {
	key, ok := p.exportedKey(l)
	if !ok {
		return false
	}
	last := bytes.Clone(l.Message)
	clear(last[atMIC:behindMIC])
	return hmac.Equal(l.mic, mac(key, e.negotiate, e.challenge, last))
}

// exportedKey is the key that the caller has chosen, where it has. A caller who
// says so and sends none gets no other key: anybody would know an empty one.
func (p proof) exportedKey(l *Logon) (key []byte, ok bool) {
	if l.flags&flagKeyExchange == 0 || l.flags&(flagSign|flagSeal) == 0 {
		return p.sessionKey, true
	}
	cipher, err := rc4.NewCipher(p.sessionKey)
	if err != nil || len(l.sealedKey) != md5.Size {
		return nil, false
	}
	key = make([]byte, len(l.sealedKey))
	cipher.XORKeyStream(key, l.sealedKey)
	return key, true
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}
