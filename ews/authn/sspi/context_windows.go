package sspi

import (
	"bytes"

	"github.com/alexbrainman/sspi"
)

const (
	completeNeeded       = Status(sspi.SEC_I_COMPLETE_NEEDED)
	completeAndContinue  = Status(sspi.SEC_I_COMPLETE_AND_CONTINUE)
	allowMissingBindings = 0x10000000 // ASC_REQ_ALLOW_MISSING_BINDINGS of sspi.h, which the library does not name
)

// serverContext is a context of Windows.
type serverContext struct {
	system      system
	pkg         Package
	room        int // for a token of ours, in bytes
	credentials *sspi.Credentials
	context     *sspi.Context // nil until Windows has made one
}

// Accept implements [Context].
func (c *serverContext) Accept(token []byte, b Binding) (reply []byte, done bool, err error) {
	context := c.context
	if context == nil {
		context = sspi.NewServerContext(c.credentials, requirements(b))
	}
	var out [1]sspi.SecBuffer
	out[0].Set(sspi.SECBUFFER_TOKEN, make([]byte, c.room))
	answer := sspi.NewSecBufferDesc(out[:])
	status := Status(context.Update(nil, answer, sspi.NewSecBufferDesc(input(token, b))))
	if status.failed() {
		return nil, false, status // there is no context if this was the first token
	}
	c.context = context
	if status == completeNeeded || status == completeAndContinue {
		if s := Status(sspi.CompleteAuthToken(context.Handle, answer)); s.failed() {
			return nil, false, s
		}
	}
	return bytes.Clone(out[0].Bytes()), status == 0 || status == completeNeeded, nil
}

// requirements are the same for every token of a context.
func requirements(b Binding) uint32 {
	flags := uint32(sspi.ASC_REQ_CONNECTION)
	if b.EndPoint != nil && !b.Required {
		flags |= allowMissingBindings
	}
	return flags
}

// input are the buffers for a token and what it must be bound to.
func input(token []byte, b Binding) []sspi.SecBuffer {
	buffers := make([]sspi.SecBuffer, 1, 2)
	buffers[0].Set(sspi.SECBUFFER_TOKEN, token)
	if b.EndPoint != nil {
		buffers = buffers[:2]
		buffers[1].Set(sspi.SECBUFFER_CHANNEL_BINDINGS, channelBindings(b.EndPoint))
	}
	return buffers
}

// Delete implements [Context].
func (c *serverContext) Delete() {
	if c.context != nil {
		c.context.Release()
	}
	c.credentials.Release()
}
