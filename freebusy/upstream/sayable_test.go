package upstream

import (
	"strings"
	"testing"
)

func TestSayable(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"line ends":       {"a\r\n. b\x00\x07c", "a . b c"},
		"a web page":      {"The request failed: <HTML><body>x", "The request failed:"},
		"angle brackets":  {"<Display>SMTP:a@b", "<Display>SMTP:a@b"},
		"a token":         {"got eyJhbGciOi.eyJhdWQiOi.c2ln, sorry", "got (secret), sorry"},
		"a header":        {"Authorization: bearer abc.def", "Authorization: (secret)"},
		"a SID":           {"from Requester:S-1-5-21-1-2-3-1103 to", "from Requester:(secret) to"},
		"direction marks": {"a\u202eb", "a b"},
		"too long":        {strings.Repeat("é", MaxText), strings.Repeat("é", MaxText/2)},
		"not UTF-8":       {"a\xffb", "ab"},
		"nothing":         {" \n", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Sayable(tt.in); got != tt.want {
				t.Errorf("Sayable(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}
