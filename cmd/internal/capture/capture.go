package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"
)

// Capture is a file that the next requests are written to. A nil Capture saves
// nothing.
type Capture struct {
	placeholders placeholders
	log          *slog.Logger

	mu     sync.Mutex // guards what follows
	file   *os.File
	begun  int // requests that were chosen
	count  int // how many are wanted
	closed bool
}

// preamble tells whoever opens the file what it is.
const preamble = `Requests to availproxy, as a txtar archive, for looking at before they are given away.
Credentials, tokens, cookies, security identifiers, addresses, hosts and unknown texts are replaced:
equal placeholders stand for equal values. The head is in alphabetical order, not in that of the sender.

`

// New makes the file, for its owner alone, and will write count requests to it.
// A file that is there already is not touched, and the error says so. The
// caller calls Close.
func New(path string, count int, log *slog.Logger) (*Capture, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("capture: %w", err)
	}
	if _, err := io.WriteString(file, preamble); err != nil {
		return nil, errors.Join(fmt.Errorf("capture: %w", err), file.Close())
	}
	return &Capture{placeholders: newPlaceholders(), log: log, file: file, count: count}, nil
}

// Close ends the file, or removes it when no request came. What is still on its
// way is not saved any more.
func (c *Capture) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	err := c.file.Close()
	if c.begun == 0 {
		err = errors.Join(err, os.Remove(c.file.Name()))
	}
	return err
}

// Around returns a handler that serves as next does. It reads nothing that next
// does not read, so that the caller is answered as without it.
func (c *Capture) Around(next http.Handler) http.Handler {
	if c == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number, chosen := c.choose()
		if !chosen {
			next.ServeHTTP(w, r)
			return
		}
		taken := take(number, r)
		watched := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		r = r.WithContext(r.Context()) // a handler must not change its request
		r.Body = &taken.body
		defer func() {
			taken.status = watched.status
			c.save(taken)
		}()
		next.ServeHTTP(watched, r)
	})
}

// choose gives a request its number while there are some to be had.
func (c *Capture) choose() (number int, chosen bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.begun == c.count {
		return 0, false
	}
	c.begun++
	return c.begun, true
}

// save writes a request as two files of the archive: how it came, and what it
// was.
func (c *Capture) save(t *taken) {
	head, body := c.placeholders.request(t)
	var b bytes.Buffer
	fmt.Fprintf(&b, "-- %03d.txt --\n%s", t.number, c.placeholders.circumstances(t))
	fmt.Fprintf(&b, "-- %03d.request.txt --\n%s%s\n", t.number, head, body)

	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if _, err := c.file.Write(b.Bytes()); err != nil {
		c.log.Warn("a request could not be captured", "number", t.number, "err", err)
		return
	}
	c.log.Info("request captured", "number", t.number, "of", c.count)
}

// taken is a request as it came.
type taken struct {
	number int
	at     time.Time
	*http.Request
	header http.Header // before anybody changed it
	body   tee
	status int // of the answer
}

func take(number int, r *http.Request) *taken {
	return &taken{number: number, at: time.Now(), Request: r, header: r.Header.Clone(), body: tee{ReadCloser: r.Body}}
}

// maxBody is as much as the handler behind reads of a body.
const maxBody = 1 << 20

// tee keeps what is read through it.
type tee struct {
	io.ReadCloser
	kept []byte
	read int64
}

// Read implements [io.Reader].
func (t *tee) Read(p []byte) (n int, err error) {
	n, err = t.ReadCloser.Read(p)
	t.read += int64(n)
	t.kept = append(t.kept, p[:min(n, maxBody-len(t.kept))]...)
	return n, err
}

// statusWriter notes the status of the answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
