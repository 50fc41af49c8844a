// Command peer is what the benchmark compares availproxy with, as far as it is
// written in Go: a bare net/http handler, and httputil.ReverseProxy.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// options are the command line.
type options struct {
	listen, admin    string
	certificate, key string // "": plain HTTP

	answer string // file that bare answers with

	upstream, upstreamName, roots, token string // of the reverse proxy
}

func main() {
	var o options
	flag.StringVar(&o.listen, "listen", "", "address")
	flag.StringVar(&o.admin, "admin", "", "address of /metrics")
	flag.StringVar(&o.certificate, "certificate", "", "PEM file")
	flag.StringVar(&o.key, "key", "", "PEM file")
	flag.StringVar(&o.answer, "answer", "", "be bare net/http that answers everything with this file")
	flag.StringVar(&o.upstream, "upstream", "", "be a reverse proxy to this address, over TLS")
	flag.StringVar(&o.upstreamName, "upstream-name", "", "its host name")
	flag.StringVar(&o.roots, "roots", "", "PEM file of what it is trusted for")
	flag.StringVar(&o.token, "token", "", "file with the bearer token for it")
	flag.Parse()
	if err := o.run(); err != nil {
		log.Fatal(err)
	}
}

func (o options) run() error {
	handler, err := o.handler()
	if err != nil {
		return err
	}
	admin, err := net.Listen("tcp", o.admin)
	if err != nil {
		return err
	}
	go http.Serve(admin, http.HandlerFunc(metrics)) // until the process is killed
	open, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	server := &http.Server{
		Handler: handler, Protocols: protocols,
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 150 * time.Second,
	}
	if o.certificate == "" {
		return server.Serve(open)
	}
	return server.ServeTLS(open, o.certificate, o.key)
}

func (o options) handler() (http.Handler, error) {
	if o.upstream != "" {
		return o.reverseProxy()
	}
	answer, err := os.ReadFile(o.answer)
	if err != nil {
		return nil, err
	}
	return newBare(answer), nil
}

// bare reads each request into a buffer from a pool and answers with the same
// bytes: the least that a handler of net/http can do.
type bare struct {
	answer  []byte
	length  string
	buffers sync.Pool // of *bytes.Buffer
}

func newBare(answer []byte) *bare {
	return &bare{answer: answer, length: strconv.Itoa(len(answer)), buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
}

// ServeHTTP implements [http.Handler].
func (b *bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	buffer := b.buffers.Get().(*bytes.Buffer)
	defer b.buffers.Put(buffer)
	buffer.Reset()
	if _, err := buffer.ReadFrom(r.Body); err != nil {
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Content-Length", b.length)
	w.Write(b.answer)
}

// reverseProxy sends everything on, with the token in place of what the caller
// has proved itself with. It keeps as many connections as anybody may need.
func (o options) reverseProxy() (http.Handler, error) {
	pem, err := os.ReadFile(o.roots)
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(o.token)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: there is no certificate in it", o.roots)
	}
	bearer := "Bearer " + strings.TrimSpace(string(token))
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "https", o.upstream, o.upstreamName
			r.Out.Header.Set("Authorization", bearer)
		},
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: roots, ServerName: o.upstreamName},
			MaxIdleConnsPerHost: 256,
		},
		BufferPool: &buffers{sync.Pool{New: func() any { return new([32 << 10]byte) }}},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Otherwise the server ends the request's body as soon as the answer
		// begins, and the transport may just then be looking for its end.
		http.NewResponseController(w).EnableFullDuplex()
		proxy.ServeHTTP(w, r)
	}), nil
}

type buffers struct{ pool sync.Pool } // of *[32 << 10]byte

// Get implements [httputil.BufferPool].
func (b *buffers) Get() []byte { return b.pool.Get().(*[32 << 10]byte)[:] }

// Put implements [httputil.BufferPool].
func (b *buffers) Put(buffer []byte) { b.pool.Put((*[32 << 10]byte)(buffer)) }

// metrics says what has been allocated, under the name that availproxy's own
// page has for it.
func metrics(w http.ResponseWriter, _ *http.Request) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	io.WriteString(w, "go_memstats_mallocs_total "+strconv.FormatUint(stats.Mallocs, 10)+"\n")
}
