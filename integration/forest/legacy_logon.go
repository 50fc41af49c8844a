package forest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"

	"github.com/Azure/go-ntlmssp"
)

// call is one operation with the document that asks for it.
type call struct {
	operation string
	document  []byte // nil in the first leg of a handshake
}

// converse posts until there is an answer that needs no more credentials. The
// caller closes its body.
func (c *Caller) converse(ctx context.Context, request call, watch *stopwatch) (*http.Response, error) {
	client, err := c.http()
	if err != nil {
		return nil, err
	}
	ctx = httptrace.WithClientTrace(ctx, watch.trace())
	unasked := c.unasked()
	response, err := c.post(ctx, client, request, unasked)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	scheme := c.scheme(response)
	if unasked != "" || scheme == "" {
		c.remember(false)
		return response, nil
	}
	discard(response)
	watch.lap("challenge")
	if scheme != basic {
		return c.handshake(ctx, scheme, request, watch)
	}
	response, err = c.post(ctx, client, request, c.basic())
	c.remember(err == nil && response.StatusCode != http.StatusUnauthorized)
	return response, err
}

const basic, negotiate, ntlm = "Basic", "Negotiate", "NTLM"

// scheme is the one that answers the challenge. .NET prefers Negotiate, then
// NTLM, then Basic, whatever their order; this caller has no Kerberos, and so
// prefers Basic for users that are not of a domain.
func (c *Caller) scheme(response *http.Response) string {
	prefer := []string{basic, negotiate, ntlm}
	if strings.Contains(c.User, `\`) {
		prefer = []string{negotiate, ntlm, basic}
	}
	i := slices.IndexFunc(prefer, func(scheme string) bool { return offers(response, scheme) })
	if c.User == "" || i < 0 {
		return ""
	}
	return prefer[i]
}

func offers(r *http.Response, scheme string) bool {
	for _, challenge := range r.Header.Values("WWW-Authenticate") {
		if strings.Contains(strings.ToLower(","+strings.ReplaceAll(challenge, " ", ",")+","), ","+strings.ToLower(scheme)+",") {
			return true
		}
	}
	return false
}

// handshake logs on with NTLM ([MS-NTHT] 3.1.5) on a connection of its own,
// which is not used again, as .NET does it.
func (c *Caller) handshake(ctx context.Context, scheme string, request call, watch *stopwatch) (*http.Response, error) {
	client := c.newClient()
	hello, err := ntlmssp.NewNegotiateMessage("", "")
	if err != nil {
		return nil, fmt.Errorf("forest: NTLM: %w", err)
	}
	response, err := c.post(ctx, client, call{operation: request.operation}, scheme+" "+base64.StdEncoding.EncodeToString(hello))
	if err != nil {
		return nil, err
	}
	challenge := token(response, scheme)
	if response.StatusCode != http.StatusUnauthorized || challenge == nil {
		return onceRead(response, client), nil
	}
	discard(response)
	watch.lap("handshake")
	proof, err := ntlmssp.NewAuthenticateMessage(challenge, c.User, string(c.Password), nil)
	if err != nil {
		client.CloseIdleConnections()
		return nil, fmt.Errorf("forest: NTLM: %w", err)
	}
	response, err = c.post(ctx, client, request, scheme+" "+base64.StdEncoding.EncodeToString(proof))
	if err != nil {
		return nil, err
	}
	return onceRead(response, client), nil
}

// token is the server's part of a handshake.
func token(r *http.Response, scheme string) []byte {
	for _, value := range r.Header.Values("WWW-Authenticate") {
		name, encoded, _ := strings.Cut(value, " ")
		if message, err := base64.StdEncoding.DecodeString(encoded); err == nil && strings.EqualFold(name, scheme) && len(message) > 0 {
			return message
		}
	}
	return nil
}

// lastBody ends the connections of a client once it is closed.
type lastBody struct {
	io.ReadCloser
	client *http.Client
}

// Close implements [io.Closer].
func (b lastBody) Close() error {
	err := b.ReadCloser.Close()
	b.client.CloseIdleConnections()
	return err
}

func onceRead(r *http.Response, client *http.Client) *http.Response {
	r.Body = lastBody{r.Body, client}
	return r
}

// discard reads an answer, or its connection cannot be kept.
func discard(r *http.Response) {
	io.Copy(io.Discard, io.LimitReader(r.Body, maximumAnswer))
	r.Body.Close()
}

// post sends a document with these credentials. The first leg of a handshake has
// none, and then nothing to wait for either.
func (c *Caller) post(ctx context.Context, client *http.Client, request call, authorization string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(request.document))
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	r.Header = http.Header{
		"User-Agent":   {cmp.Or(c.UserAgent, userAgents[c.age()])},
		"Content-Type": {"text/xml; charset=utf-8"},
		"SOAPAction":   {`"` + nsMessages + `/` + request.operation + `"`}, // spelled as .NET does
	}
	if request.document != nil {
		r.Header.Set("Expect", "100-continue")
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	return response, nil
}

func (c *Caller) basic() string {
	return basic + " " + base64.StdEncoding.EncodeToString([]byte(c.User+":"+string(c.Password)))
}

// unasked is what goes with the first request already.
func (c *Caller) unasked() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.Token != "":
		return "Bearer " + string(c.Token)
	case c.PreAuthenticate && c.accepted:
		return c.basic()
	}
	return ""
}

func (c *Caller) remember(accepted bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.accepted = accepted
}
