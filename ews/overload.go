package ews

import (
	"cmp"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"availproxy/freebusy"
)

// defaultMaxQuestions leaves room for a forest that stops answering, behind
// which questions of some seconds pile up, and keeps their documents, of some
// 100 KB each, within what a small server has.
const defaultMaxQuestions = 1024

// busyFor is how long a caller that is turned away should leave us alone: by
// then most of what is under way has been answered.
const busyFor = 5 * time.Second

var errTooMany = errors.New("ews: as many questions as may be are under way")

// busyAnswer is written once, for the sake of a server that has no time.
var busyAnswer = answer{writeFault(freebusy.ServerBusy(busyFor, errTooMany))}

// enter lets a question in and reports true, unless there are too many already.
// Whoever was let in must leave.
func (h *Handler) enter() bool {
	if h.tally().underWay.Add(1) <= int64(cmp.Or(h.MaxQuestions, defaultMaxQuestions)) {
		return true
	}
	h.leave()
	return false
}

func (h *Handler) leave() { h.tally().underWay.Add(-1) }

// turnAway answers a question that it has not looked at. It takes the body off
// the connection, which net/http would close otherwise, and with it would go
// what the caller has proved of itself by NTLM.
func (h *Handler) turnAway(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	io.Copy(io.Discard, io.LimitReader(r.Body, limits.Bytes))
	h.tally().record(r.Context(), kindUnread, "busy", time.Since(began))
	if n := h.turnedAway.note(began); n > 0 {
		h.log().LogAttrs(r.Context(), slog.LevelWarn, "availability queries turned away",
			slog.String("outcome", "busy"), slog.Int("queries", n), slog.Any("cause", errTooMany),
			slog.String("remedy", "Look for a forest that is slow, or for a caller that repeats itself."))
	}
	new(outgoing).send(w, busyAnswer, true)
}

// turnedAway counts questions for the log, in which a flood of them leaves one
// line a second.
type turnedAway struct {
	mu    sync.Mutex
	said  time.Time
	since int
}

// note counts one and returns how many a line should tell of now: all since the
// last one, or 0 when that was just said.
func (t *turnedAway) note(now time.Time) (tell int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.since++
	if now.Sub(t.said) < time.Second {
		return 0
	}
	tell, t.since, t.said = t.since, 0, now
	return tell
}
