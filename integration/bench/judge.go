package main

import (
	"errors"
	"fmt"
	"io"
)

// On the realistic mix the cache must save this many times the look-ups, which
// do not depend on how fast anything is.
const (
	fewerThanNoCache = 5
	fewerThanNginx   = 3
)

// judge says how many look-ups were saved. The error is that they are too few.
func (r result) judge(w io.Writer) error {
	if r.workload.name != judged {
		return nil
	}
	saved, _ := r.of(ours)
	var errs []error
	for _, other := range []struct {
		contestant
		least float64
	}{{reverseProxy, fewerThanNoCache}, {nginxCache, fewerThanNginx}} {
		f, measured := r.of(other.contestant)
		if !measured {
			continue
		}
		times := f.lookUps / saved.lookUps
		fmt.Fprintf(w, "\navailproxy looks up %.1f times fewer mailboxes than %s.\n", times, other.name)
		if !(times >= other.least) {
			errs = append(errs, fmt.Errorf("want at least %.0f times fewer look-ups than %s, got %.2f", other.least, other.name, times))
		}
	}
	return errors.Join(errs...)
}

// told finds fault when no trace has been sent: then something was measured that
// nobody runs.
func (s *stage) told() error {
	if s.traces.Load() == 0 {
		return errors.New("no trace was sent while measuring")
	}
	return nil
}
