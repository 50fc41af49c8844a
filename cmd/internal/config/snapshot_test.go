package config

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"testing"
)

func TestASnapshotKeyIs32BytesInEitherNotation(t *testing.T) {
	key := []byte("canary-of-32-bytes-canary-of-32-")
	tests := map[string]struct {
		text string
		want []byte
	}{
		"as openssl rand -base64 32":   {base64.StdEncoding.EncodeToString(key), key},
		"as openssl rand -hex 32":      {hex.EncodeToString(key), key},
		"in capital digits":            {"63616E6172792D6F662D33322D62797465732D63616E6172792D6F662D33322D", key},
		"none":                         {"", nil},
		"the bytes themselves":         {string(key), nil},
		"31 bytes":                     {base64.StdEncoding.EncodeToString(key[1:]), nil},
		"33 bytes":                     {hex.EncodeToString(append([]byte("x"), key...)), nil},
		"64 characters that are 48":    {base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 48)), nil},
		"with something at the end":    {base64.StdEncoding.EncodeToString(key) + " #", nil},
		"in the alphabet of addresses": {base64.URLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 32)), nil},
	}
	for name, tt := range tests {
		if got := (Snapshot{Key: Secret{"env:KEY", &tt.text}}).KeyBytes(); !bytes.Equal(got, tt.want) {
			t.Errorf("%s: got %x, want %x", name, got, tt.want)
		}
	}
	if got := (Snapshot{}).KeyBytes(); got != nil {
		t.Errorf("without a key: got %x", got)
	}
}
