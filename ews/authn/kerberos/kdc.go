package kerberos

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// nobody is a client that no realm has, so that a KDC answers with an error.
// Errors carry its time (RFC 4120 5.9.1), and need no password.
const nobody = "availproxy-asks-for-the-time"

// ServerTime asks the domain controller at address, a host and a port, what time
// it is. It may block until ctx ends.
func ServerTime(ctx context.Context, address, realm string) (time.Time, error) {
	question, err := timeQuestion(realm)
	if err != nil {
		return time.Time{}, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return time.Time{}, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := conn.Write(question); err != nil {
		return time.Time{}, err
	}
	answer, err := readFramed(conn)
	if err != nil {
		return time.Time{}, err
	}
	return timeIn(answer)
}

// timeQuestion is an AS-REQ (RFC 4120 5.4.1) in the frame of TCP (RFC 4120
// 7.2.2).
func timeQuestion(realm string) ([]byte, error) {
	req := messages.ASReq{KDCReqFields: messages.KDCReqFields{
		PVNO: iana.PVNO, MsgType: msgtype.KRB_AS_REQ,
		ReqBody: messages.KDCReqBody{
			KDCOptions: types.NewKrbFlags(), Realm: realm,
			CName: types.NewPrincipalName(nametype.KRB_NT_PRINCIPAL, nobody),
			SName: types.NewPrincipalName(nametype.KRB_NT_SRV_INST, "krbtgt/"+realm),
			Till:  time.Now().UTC().Add(time.Hour), Nonce: 1, EType: []int32{18, 17, 23},
		},
	}}
	message, err := req.Marshal()
	if err != nil {
		return nil, fmt.Errorf("kerberos: AS-REQ: %w", err)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(message))), message...), nil
}

func readFramed(r io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	const most = 64 << 10
	if n > most {
		return nil, errors.New("kerberos: the domain controller answers at too great length")
	}
	answer := make([]byte, n)
	_, err := io.ReadFull(r, answer)
	return answer, err
}

// timeIn is the time in a KRB-ERROR.
func timeIn(answer []byte) (at time.Time, err error) {
	defer caught(&err)
	var said messages.KRBError
	if err := said.Unmarshal(answer); err != nil {
		return at, errors.New("kerberos: the domain controller did not answer with an error that has its time")
	}
	return said.STime.Add(time.Duration(said.Susec) * time.Microsecond), nil
}
