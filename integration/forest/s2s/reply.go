package s2s

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// reply is an answer that is ready to be sent, so that handlers decide under
// their lock and write without it.
type reply struct {
	status                int
	header                http.Header
	body                  []byte
	slowHeaders, slowBody time.Duration
}

// send writes the reply, unless the request is given up while it dawdles.
func (p reply) send(w http.ResponseWriter, r *http.Request) {
	if !pause(r.Context(), p.slowHeaders) {
		return
	}
	maps.Copy(w.Header(), p.header)
	w.WriteHeader(p.status)
	if p.slowBody > 0 {
		half := len(p.body) / 2
		w.Write(p.body[:half])
		http.NewResponseController(w).Flush() // the headers go out now, whatever became of the body
		if !pause(r.Context(), p.slowBody) {
			return
		}
		p.body = p.body[half:]
	}
	w.Write(p.body) // nobody is left to tell when it fails
}

// refusalReply is the refusal as a reply.
func refusalReply(r *Refusal, c Challenge) reply {
	return reply{status: r.Status, header: r.header(c)}
}

// pause waits and reports whether the request is still wanted afterwards.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// guid makes an identifier that is the same for the same words.
func guid(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
