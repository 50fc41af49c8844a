package ews

import (
	"flag"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	forged = flag.Int("forged", 100_000, "how many made-up requests to read on both paths")
	seed   = flag.Uint64("seed", 2026, "what the made-up requests are made from")
)

// TestMadeUpRequestsAreReadAlike reads requests on both paths that a seed made
// up. A million takes a few minutes:
//
//	go test ./ews -run TestMadeUpRequestsAreReadAlike -forged 1000000 -seed 7 -v
func TestMadeUpRequestsAreReadAlike(t *testing.T) {
	count := *forged
	if testing.Short() {
		count /= 20
	}
	var took atomic.Int64
	inParallel(count, func(n int, r *scan) {
		fast, err := compare(r, newForge(*seed, uint64(n)).document(), "")
		if err != nil {
			t.Errorf("request %d of seed %d: %v", n, *seed, err)
		}
		if fast {
			took.Add(1)
		}
	})
	share := float64(took.Load()) / float64(count)
	t.Logf("seed %d: %d requests, %.1f %% of them took the fast path", *seed, count, 100*share)
	if share < 0.2 || share > 0.8 {
		t.Errorf("%.1f %% took the fast path: too few of one sort to tell anything", 100*share)
	}
}

// inParallel calls do with the numbers below count, and a scan for each of its
// goroutines.
func inParallel(count int, do func(n int, r *scan)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			r := &scan{zones: &zonesByName{}}
			for n := next.Add(1); n <= int64(count); n = next.Add(1) {
				do(int(n), r)
			}
		})
	}
	all.Wait()
}

// distinctRecordings are the documents of the recordings, each once.
func distinctRecordings(t testing.TB) map[string][]byte {
	t.Helper()
	seen, found := map[string]bool{}, map[string][]byte{}
	for name, recording := range recordings(t) {
		document, _ := documentOf(t, recording)
		if !seen[string(document)] {
			seen[string(document)], found[name] = true, document
		}
	}
	return found
}

// TestRecordingsWithAnotherByteAreReadAlike changes the recordings everywhere.
func TestRecordingsWithAnotherByteAreReadAlike(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 11
	}
	for name, document := range distinctRecordings(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &scan{zones: &zonesByName{}}
			for at := 0; at < len(document); at += step {
				for _, mutant := range mutants(document, at) {
					if _, err := compare(r, mutant, ""); err != nil {
						t.Fatalf("byte %d: %v", at, err)
					}
				}
			}
		})
	}
}

// mutants are document without the byte there, with it twice, and with others in
// its place.
func mutants(document []byte, at int) (all [][]byte) {
	const others = "<>&\"'/=: \r\tx0\x01\x80"
	head, tail := string(document[:at]), string(document[at+1:])
	all = append(all, []byte(head+tail), []byte(head+strings.Repeat(string(document[at:at+1]), 2)+tail))
	for i := range 3 {
		all = append(all, []byte(head+string(others[(at*3+i)%len(others)])+tail))
	}
	return all
}

// TestSpoiltRecordingsAreReadAlike changes the recordings in their elements, and
// in the way in which they are written.
func TestSpoiltRecordingsAreReadAlike(t *testing.T) {
	count := 500
	if testing.Short() {
		count = 50
	}
	for name, document := range distinctRecordings(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, took := &scan{zones: &zonesByName{}}, 0
			for n := range count {
				f := newForge(*seed, uint64(n))
				root := partOf(document)
				for range f.IntN(3) {
					f.spoil(root)
				}
				fast, err := compare(r, f.write(root), "")
				if err != nil {
					t.Fatalf("variant %d of seed %d: %v", n, *seed, err)
				}
				if fast {
					took++
				}
			}
			if took < count/10 {
				t.Errorf("only %d of %d took the fast path", took, count)
			}
		})
	}
}

// FuzzPaths looks for documents that the paths read differently.
func FuzzPaths(f *testing.F) {
	for _, document := range distinctRecordings(f) {
		f.Add(document)
	}
	for n := range uint64(200) {
		f.Add(newForge(*seed, n).document())
	}
	r := &scan{zones: &zonesByName{}}
	f.Fuzz(func(t *testing.T, document []byte) {
		if _, err := compare(r, document, "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003"); err != nil {
			t.Fatal(err)
		}
	})
}
