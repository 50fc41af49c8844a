package cache

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"availproxy/freebusy"
)

// After a reload the old cache is told to end while questions that came before
// still begin fetches.
func TestFetchesMayBeginWhileRunEnds(t *testing.T) {
	c := newCache(t, &forest{}, lifetimes)
	ended, end := context.WithCancel(t.Context())
	end()
	var working sync.WaitGroup
	for i := range 4 {
		working.Go(func() {
			for n := range 200 {
				ask(t, c, about(days(n, n+1), []freebusy.Mailbox{alice, anna, ben, freebusy.SMTP("chen@fabrikam.example")}[i]))
			}
		})
		working.Go(func() {
			for range 200 {
				if err := c.Run(ended); err != nil {
					t.Error(err)
				}
			}
		})
	}
	working.Wait()
}

func TestRunWaitsForFetchesThatBeginMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, &forest{slow: time.Second}, lifetimes)
		ended, end := context.WithCancel(t.Context())
		end()
		var asking sync.WaitGroup
		asking.Go(func() { ask(t, c, question(alice)) })
		synctest.Wait()
		began := time.Now()
		ran := make(chan struct{})
		go func() { c.Run(ended); close(ran) }()
		time.Sleep(time.Second / 2)
		asking.Go(func() { ask(t, c, question(anna)) })
		<-ran
		asking.Wait()
		if took := time.Since(began); took != 3*time.Second/2 {
			t.Errorf("Run ended after %s, want it to wait 1.5s for both", took)
		}
	})
}
