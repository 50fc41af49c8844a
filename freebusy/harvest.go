package freebusy

// harvest is what has come of one question, for those who count.
type harvest struct {
	mailboxes, answered int
	err                 *Error // the first
}

// note takes the answer about one mailbox: nil, or why there is none.
func (h *harvest) note(err *Error) {
	h.mailboxes++
	switch {
	case err == nil:
		h.answered++
	case h.err == nil:
		h.err = err
	}
}

// outcomes are all that outcome says.
var outcomes = []string{"ok", "partial", "refused", "failed"}

// outcome is "ok" when every mailbox got its answer, "partial" when some did,
// else "refused" or "failed".
func (h *harvest) outcome() string {
	switch {
	case h.answered == h.mailboxes:
		return "ok"
	case h.answered > 0:
		return "partial"
	case h.err != nil && h.err.Code.Refusal():
		return "refused"
	default:
		return "failed"
	}
}
