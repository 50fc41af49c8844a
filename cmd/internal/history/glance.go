package history

import (
	"fmt"
	"time"
)

// someMailboxes are as many as a list of questions has room for.
const someMailboxes = 3

// Some names the first mailboxes, those that failed before the others.
func (s Story) Some() []string {
	var failed, fine []string
	for _, m := range s.Mailboxes {
		if m.Code == noError {
			fine = append(fine, m.Mailbox)
		} else {
			failed = append(failed, m.Mailbox)
		}
	}
	all := append(failed, fine...)
	return all[:min(len(all), someMailboxes)]
}

// More is how many mailboxes Some leaves out.
func (s Story) More() int { return max(0, len(s.Mailboxes)-someMailboxes) }

// Codes are those of the answers other than NoError, each once.
func (s Story) Codes() []string {
	var codes []string
	if s.Fault != nil {
		codes = append(codes, s.Fault.Code)
	}
	for _, m := range s.Mailboxes {
		if m.Code != noError {
			codes = append(codes, m.Code)
		}
	}
	return compact(codes)
}

// Took is how long it lasted, for people.
func (s Story) Took() string { return Took(s.MS) }

// Took is a number of milliseconds for people.
func Took(ms float64) string {
	if ms >= 1000 {
		return (time.Duration(ms) * time.Millisecond).String()
	}
	return fmt.Sprintf("%.1f ms", ms)
}

// Indent has one element for each hop around h.
func (h Hop) Indent() []struct{} { return make([]struct{}, h.Depth) }
