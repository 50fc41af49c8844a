package ntlm

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// helper is one ntlm_auth process. It keeps the challenge of one handshake at a
// time: a new one replaces it.
type helper struct {
	process    *exec.Cmd
	in, out    *os.File
	lines      *bufio.Reader
	complaints lastLine
}

// longestLine bounds what a helper may say at once. Challenges take some 400
// bytes.
const longestLine = 16 << 10

// startHelper starts a process. Its pipes are files, so that what is read from
// them and written to them can be given up.
func startHelper(command []string) (*helper, error) {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, theirIn.Close(), in.Close())
	}
	h := &helper{process: exec.Command(command[0], command[1:]...), in: in, out: out, lines: bufio.NewReaderSize(out, longestLine)}
	h.process.Stdin, h.process.Stdout, h.process.Stderr = theirIn, theirOut, &h.complaints
	h.process.WaitDelay = time.Second
	err = h.process.Start()
	theirIn.Close()
	theirOut.Close()
	if err != nil {
		in.Close()
		out.Close()
		return nil, err
	}
	return h, nil
}

// errGone is a helper that has ended.
var errGone = errors.New("it has ended")

// ask sends a word and a token and returns the word and the rest of the answer.
// After an error nobody knows what the helper is doing, and it must be stopped.
func (h *helper) ask(ctx context.Context, within time.Duration, word string, token []byte) (answer, rest string, err error) {
	deadline := time.Now().Add(within)
	if err := errors.Join(h.in.SetWriteDeadline(deadline), h.out.SetReadDeadline(deadline)); err != nil {
		return "", "", err
	}
	goOn := context.AfterFunc(ctx, h.hurry)
	line, err := h.converse(word, token)
	switch {
	case !goOn():
		return "", "", ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "", "", fmt.Errorf("it has not answered for %v", within)
	case err != nil:
		return "", "", fmt.Errorf("%w: %w", errGone, err)
	}
	answer, rest, _ = strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
	return answer, rest, nil
}

func (h *helper) converse(word string, token []byte) (line []byte, err error) {
	if _, err := fmt.Fprintf(h.in, "%s %s\n", word, base64.StdEncoding.EncodeToString(token)); err != nil {
		return nil, err
	}
	return h.lines.ReadSlice('\n')
}

// hurry ends a conversation under way.
func (h *helper) hurry() {
	past := time.Unix(1, 0)
	h.in.SetWriteDeadline(past)
	h.out.SetReadDeadline(past)
}

// stop ends the process, whatever it is doing, and returns the last thing that
// it has complained about.
func (h *helper) stop() (complaint string) {
	h.in.Close()
	h.out.Close()
	h.process.Process.Kill()
	h.process.Wait()
	return h.complaints.String()
}

// lastLine keeps the end of what a process writes.
type lastLine struct {
	mu  sync.Mutex // guards end
	end []byte
}

// Write implements [io.Writer].
func (l *lastLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	const longest = 256
	l.end = append(l.end, p...)
	l.end = l.end[max(0, len(l.end)-longest):]
	return len(p), nil
}

// String is the last line, or what there is of it.
func (l *lastLine) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(l.end)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
