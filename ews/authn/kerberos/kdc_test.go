package kerberos

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// kdc answers one question with what answer makes of it.
func kdc(t *testing.T, answer func(question []byte) []byte) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { // ends with the listener, which the cleanup waits for
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		question, err := readFramed(conn)
		if err != nil {
			return
		}
		conn.Write(answer(question))
		io.Copy(io.Discard, conn)
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener.Addr().String()
}

func framed(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...)
}

func TestServerTime(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	address := kdc(t, func(question []byte) []byte {
		var asked messages.ASReq
		if err := asked.Unmarshal(question); err != nil || asked.ReqBody.Realm != "CONTOSO.EXAMPLE" {
			t.Errorf("the domain controller was asked %+v, %v", asked, err)
		}
		refusal := messages.NewKRBError(types.NewPrincipalName(2, "krbtgt/CONTOSO.EXAMPLE"), "CONTOSO.EXAMPLE", 6, "")
		refusal.STime, refusal.Susec = at, 250_000
		message, err := refusal.Marshal()
		if err != nil {
			t.Error(err)
		}
		return framed(message)
	})
	got, err := ServerTime(t.Context(), address, "CONTOSO.EXAMPLE")
	if want := at.Add(250 * time.Millisecond); err != nil || !got.Equal(want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestServerTimeOfSomethingElse(t *testing.T) {
	for name, answer := range map[string][]byte{
		"no Kerberos":     framed([]byte("SSH-2.0-OpenSSH")),
		"nothing":         {},
		"an empty answer": framed(nil),
		"a long answer":   {0x7f, 0xff, 0xff, 0xff},
		"half an answer":  {0, 0, 0, 9, 0x7e},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if got, err := ServerTime(ctx, kdc(t, func([]byte) []byte { return answer }), "X"); err == nil {
				t.Errorf("got %v, want an error", got)
			}
		})
	}
}

func TestListNamesKeysAndShowsNone(t *testing.T) {
	got, err := List(bytes.NewReader(keytabOf(t, "HTTP/fb.contoso.example", 18, 23)))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range got {
		if e.Service != "HTTP" || e.Host != "fb.contoso.example" || e.Realm == "" {
			t.Errorf("got %+v, want HTTP/fb.contoso.example of some realm", e)
		}
		kinds = append(kinds, e.Type)
	}
	if want := []string{"AES256", "RC4", "AES256", "RC4"}; !slices.Equal(kinds, want) {
		t.Errorf("keys of %v, want %v", kinds, want)
	}
	if _, err := List(strings.NewReader("no keytab")); err == nil {
		t.Error("a file that is no keytab was listed")
	}
}
