package ntlm

import (
	"encoding/hex"
	"fmt"
	"testing"
)

// The example of NTLM version 2 in [MS-NLMP] 4.2.4. The hash is that of the
// password "Password" (4.2.2.1.2).
const (
	specifiedHash      = "a4f49c406510bdcab6824ee7c30fd852"
	specifiedChallenge = "4e544c4d53535000020000000c000c003800000033828ae2" + "0123456789abcdef" + "00000000000000002400240044000000" + "060070170000000f" +
		"530065007200760065007200" + "02000c0044006f006d00610069006e00" + "01000c00530065007200760065007200" + "00000000"
	specifiedAnswer = "4e544c4d5353500003000000180018006c00000054005400840000000c000c00480000000800080054000000100010005c00000010001000d8000000358288e2" +
		"0501280a0000000f" + "44006f006d00610069006e00" + "5500730065007200" + "43004f004d0050005500540045005200" +
		"86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa" +
		"68cd0ab851e51c96aabc927bebef6a1c" + "01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000" +
		"02000c0044006f006d00610069006e00" + "01000c00530065007200760065007200" + "0000000000000000" +
		"c5dad2544fc9799094ce1ce90bc9d03e"
)

func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	data, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTheExampleOfTheSpecification(t *testing.T) {
	l, err := readLogon(unhex(t, specifiedAnswer))
	if err != nil {
		t.Fatal(err)
	}
	e := &localExchange{challenge: unhex(t, specifiedChallenge)}
	copy(e.nonce[:], e.challenge[24:])
	p := e.proof(l, ntHash{(*[16]byte)(unhex(t, specifiedHash))})
	key, ok := p.exportedKey(l)
	for what, tt := range map[string]struct{ got, want string }{
		"account":         {l.String(), `Domain\User`},
		"proof sent":      {fmt.Sprintf("%x", l.proof), "68cd0ab851e51c96aabc927bebef6a1c"},
		"proof expected":  {fmt.Sprintf("%x", p.expected), "68cd0ab851e51c96aabc927bebef6a1c"},
		"session key":     {fmt.Sprintf("%x", p.sessionKey), "8de40ccadbc14a82f15cb0ad0de95ca3"},
		"exported key":    {fmt.Sprintf("%x %t", key, ok), "55555555555555555555555555555555 true"},
		"domain of blob":  {fmt.Sprintf("%x", l.pairs.value(avDomainName)), hex.EncodeToString(wide("Domain"))},
		"server of blob":  {fmt.Sprintf("%x", l.pairs.value(avComputerName)), hex.EncodeToString(wide("Server"))},
		"a code promised": {fmt.Sprint(l.mic != nil), "false"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %s, want %s", what, tt.got, tt.want)
		}
	}
}
