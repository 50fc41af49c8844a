package freebusy_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"availproxy/freebusy"
)

// memo asks for bytes that are as many as size, which is one that the allocator
// has, and reports whether they had to be rendered.
func memo(c *freebusy.Calendar, key any, size int) (rendered bool) {
	c.Memo(nil, key, func(dst []byte) []byte {
		rendered = true
		return append(dst, make([]byte, size)...)
	})
	return rendered
}

func TestMemoRendersUntilAKeyIsAskedForAgain(t *testing.T) {
	c := detailed()
	for i, want := range []bool{true, true, false, false} {
		for _, key := range []string{"a", "b"} {
			if got := memo(c, key, 16); got != want {
				t.Errorf("key %s is rendered the time %d: %t, want %t", key, i+1, got, want)
			}
		}
	}
	if got := c.MemoBytes(); got != 32 {
		t.Errorf("MemoBytes = %d, want 32", got)
	}
}

func TestMemoAppendsToItsRoom(t *testing.T) {
	c := detailed()
	for range 3 {
		got, rest := c.Memo([]byte("before "), "key", func(dst []byte) []byte { return append(dst, "rendered"...) })
		if string(got) != "rendered" || string(rest) != "before " && string(rest) != "before rendered" {
			t.Errorf("got %q, and %q in the room", got, rest)
		}
	}
}

// What is held belongs to nobody: who appends to it does so to a copy, and the
// room may be written over for another answer.
func TestMemoKeepsItsOwn(t *testing.T) {
	c, room := detailed(), make([]byte, 0, 100)
	for range 3 {
		got, rest := c.Memo(room, "key", func(dst []byte) []byte { return append(dst, "rendered"...) })
		if string(got) != "rendered" || len(append(got, "!"...)) == cap(got) {
			t.Errorf("got %q, with room for %d more", got, cap(got)-len(got))
		}
		clear(rest)
	}
}

func TestMemoHoldsTheFourNewest(t *testing.T) {
	c := detailed()
	for key := range 6 {
		memo(c, key, 112)
		memo(c, key, 112)
	}
	if got := c.MemoBytes(); got != 448 {
		t.Errorf("MemoBytes = %d, want 448", got)
	}
	for key := 5; key >= 0; key-- { // newest first, since rendering again drops the oldest
		if got, want := memo(c, key, 112), key < 2; got != want {
			t.Errorf("key %d was rendered again: %t, want %t", key, got, want)
		}
	}
}

func TestMemoIsNotFilledByKeysThatComeOnce(t *testing.T) {
	c := detailed()
	for range 2 {
		memo(c, "every time", 112)
	}
	for key := range 1000 {
		memo(c, key, 1000)
	}
	if got := c.MemoBytes(); got != 112 || memo(c, "every time", 112) {
		t.Errorf("MemoBytes = %d, want the 112 that are asked for again", got)
	}
}

func TestMemoHoldsWhatIsAskedForAgainBetweenOthers(t *testing.T) {
	c := detailed()
	for key := range 8 {
		memo(c, key, 1)
	}
	if memo(c, 0, 1); memo(c, 0, 1) {
		t.Error("a key is rendered the third time, eight others later")
	}
}

func TestMemoDoesNotAllocateForWhatItHolds(t *testing.T) {
	c, room := detailed(), make([]byte, 0, 1000)
	var key any = c.Known
	ask := func() { c.Memo(room, key, func(dst []byte) []byte { return append(dst, "rendered"...) }) }
	ask()
	ask()
	if got := testing.AllocsPerRun(100, ask); got > 0 {
		t.Errorf("it allocates %v times", got)
	}
}

func TestMemoIsSafeForConcurrentUse(t *testing.T) {
	c := detailed()
	var all sync.WaitGroup
	for caller := range 8 {
		all.Go(func() {
			for i := range 100 {
				key := fmt.Sprint(caller%4, i%3)
				got, _ := c.Memo(nil, key, func(dst []byte) []byte { return append(dst, key...) })
				if !slices.Equal(got, []byte(key)) {
					t.Errorf("Memo(%q) = %q", key, got)
				}
				c.MemoBytes()
			}
		})
	}
	all.Wait()
}

func TestMemoBytesCountsTwins(t *testing.T) {
	c := detailed()
	hold := func(c *freebusy.Calendar, size int) {
		memo(c, "key", size)
		memo(c, "key", size)
	}
	hold(c, 16)
	before := c.MemoBytes()
	twin := c.Limited(freebusy.FreeBusy)
	made := c.MemoBytes()
	hold(twin, 1024)
	if before != 16 || made <= before || c.MemoBytes() != made+1024 {
		t.Errorf("MemoBytes is %d, with a twin %d, with its memo %d", before, made, c.MemoBytes())
	}
	if c.Limited(freebusy.Detailed); c.MemoBytes() != made+1024 {
		t.Errorf("the calendar counted itself as its twin: %d bytes", c.MemoBytes())
	}
}
