package freebusy_test

import (
	"fmt"
	"sync"
	"testing"

	"availproxy/freebusy"
)

func TestMemoRendersOncePerKey(t *testing.T) {
	c, rendered := detailed(), 0
	for range 3 {
		for _, key := range []string{"a", "b"} {
			got := c.Memo(key, func() []byte { rendered++; return []byte(key) })
			if string(got) != key {
				t.Errorf("Memo(%q) = %q", key, got)
			}
		}
	}
	if rendered != 2 {
		t.Errorf("rendered %d times, want 2", rendered)
	}
}

func TestMemoHoldsTheFourNewest(t *testing.T) {
	c := detailed()
	for key := range 6 {
		c.Memo(key, func() []byte { return make([]byte, 100) })
	}
	if got := c.MemoBytes(); got != 400 {
		t.Errorf("MemoBytes = %d, want 400", got)
	}
	for key := 5; key >= 0; key-- { // newest first, since rendering again drops the oldest
		rendered, want := false, key < 2
		c.Memo(key, func() []byte { rendered = true; return nil })
		if rendered != want {
			t.Errorf("key %d was rendered again: %t, want %t", key, rendered, want)
		}
	}
}

func TestMemoGivesCallersThatMeetTheSameBytes(t *testing.T) {
	c := detailed()
	var first []byte
	second := c.Memo("key", func() []byte {
		first = c.Memo("key", func() []byte { return []byte("first") })
		return []byte("second")
	})
	if string(first) != "first" || string(second) != "first" || c.MemoBytes() > cap(first) {
		t.Errorf("got %q and %q, %d bytes held", first, second, c.MemoBytes())
	}
}

func TestMemoIsSafeForConcurrentUse(t *testing.T) {
	c := detailed()
	var all sync.WaitGroup
	for caller := range 8 {
		all.Go(func() {
			for i := range 100 {
				key := fmt.Sprint(caller, i%6)
				if got := c.Memo(key, func() []byte { return []byte(key) }); string(got) != key {
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
	c.Memo("key", func() []byte { return make([]byte, 10) })
	before := c.MemoBytes()
	twin := c.Limited(freebusy.FreeBusy)
	made := c.MemoBytes()
	twin.Memo("key", func() []byte { return make([]byte, 1000) })
	if before != 10 || made <= before || c.MemoBytes() != made+1000 {
		t.Errorf("MemoBytes is %d, with a twin %d, with its memo %d", before, made, c.MemoBytes())
	}
	if c.Limited(freebusy.Detailed); c.MemoBytes() != made+1000 {
		t.Errorf("the calendar counted itself as its twin: %d bytes", c.MemoBytes())
	}
}
