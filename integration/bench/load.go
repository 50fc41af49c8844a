package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// callers ask questions over connections that are kept, each of which asks its
// next one when it has the answer. They speak just enough HTTP/1.1, since they
// share the processors with those that they measure.
type callers []*connection

// outcome is what came of asking.
type outcome struct {
	requests  int
	took      time.Duration
	latencies []time.Duration // of each request, in order
}

// connect opens that many connections. The caller closes them.
func connect(ctx context.Context, to *server, n int) (callers, error) {
	var all callers
	for range n {
		c, err := dial(ctx, to)
		if err != nil {
			all.close()
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (cs callers) close() {
	for _, c := range cs {
		c.Close()
	}
}

// once asks each question once.
func (cs callers) once(ctx context.Context, questions []question) (outcome, error) {
	return cs.ask(ctx, questions, func(n int) bool { return n < len(questions) })
}

// during asks the questions over and over for that long.
func (cs callers) during(ctx context.Context, questions []question, d time.Duration) (outcome, error) {
	end := time.Now().Add(d)
	return cs.ask(ctx, questions, func(int) bool { return time.Now().Before(end) })
}

func (cs callers) ask(ctx context.Context, questions []question, goOn func(n int) bool) (outcome, error) {
	var next atomic.Int64
	asking, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for _, c := range cs {
		c.latencies = c.latencies[:0]
		asking.Go(func() error {
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if !goOn(n) {
					return nil
				}
				if err := c.ask(questions[n%len(questions)]); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	err := asking.Wait()
	o := outcome{took: time.Since(began)}
	for _, c := range cs {
		o.latencies = append(o.latencies, c.latencies...)
	}
	slices.Sort(o.latencies)
	o.requests = len(o.latencies)
	return o, err
}

// connection is one caller.
type connection struct {
	net.Conn
	read      *bufio.Reader
	body      []byte
	latencies []time.Duration
}

func dial(ctx context.Context, to *server) (*connection, error) {
	plain, err := (&net.Dialer{}).DialContext(ctx, "tcp", to.address)
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: plain}
	if to.tls != nil {
		secure := tls.Client(plain, to.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			plain.Close()
			return nil, err
		}
		c.Conn = secure
	}
	c.read = bufio.NewReaderSize(c.Conn, 64<<10)
	return c, nil
}

// patience bounds one answer; nothing takes anywhere near as long.
const patience = 30 * time.Second

func (c *connection) ask(q question) error {
	began := time.Now()
	c.SetDeadline(began.Add(patience))
	if _, err := c.Write(q.wire); err != nil {
		return err
	}
	status, err := c.answer()
	if err != nil {
		return err
	}
	c.latencies = append(c.latencies, time.Since(began))
	return q.check(status, c.body)
}

// answer reads one answer into body.
func (c *connection) answer() (status int, err error) {
	length := -1
	for first := true; ; first = false {
		line, err := c.read.ReadSlice('\n')
		if err != nil {
			return 0, fmt.Errorf("answer: %w", err)
		}
		line = bytes.TrimRight(line, "\r\n")
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case first && len(line) > 12:
			if status, err = strconv.Atoi(string(line[9:12])); err != nil { // HTTP/1.1 200 OK
				return 0, err
			}
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		case len(line) == 0 && length < 0:
			return 0, errors.New("an answer without Content-Length")
		case len(line) == 0:
			if cap(c.body) < length {
				c.body = make([]byte, length)
			}
			c.body = c.body[:length]
			_, err := io.ReadFull(c.read, c.body)
			return status, err
		}
	}
}
