package server_test

import (
	"sync"
	"testing"

	"availproxy/integration/forest"
)

// TestAQuestionUnderWayOutlivesAReload reloads while it is looked up where a
// mailbox lives, and expects the answer of the configuration that it began with.
func TestAQuestionUnderWayOutlivesAReload(t *testing.T) {
	f := newForest(t, forest.Options{})
	begun, release := make(chan struct{}), make(chan struct{})
	var first sync.Once
	f.Autodiscover.Change(func() {
		known := f.Autodiscover.Known
		f.Autodiscover.Known = func(address string) bool {
			first.Do(func() { close(begun); <-release })
			return known(address)
		}
	})
	r := run(t, f)
	type answer struct{ code, text string }
	answered := make(chan answer, 1)
	c := r.caller(t)
	var asking sync.WaitGroup
	asking.Go(func() {
		code, text := r.ask(t, c)
		answered <- answer{code, text}
	})
	<-begun
	r.reload(t, with("timeouts: {answer: 7s}"))
	close(release)
	if a := <-answered; a.code != "NoError" {
		t.Errorf("got %s %s", a.code, a.text)
	}
	asking.Wait()
}
