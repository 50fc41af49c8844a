package config

import (
	"fmt"
	"time"
)

// The bounds of the cache. Less than a megabyte holds nobody; what is padded
// beyond a month no other side would answer in one piece.
const (
	leastCache  = ByteSize(1 << 20)
	mostPadding = Duration(31 * day)
	leastKey    = 16 // bytes of an HMAC key
)

func (c *checker) cache() {
	if c.Cache.Size < leastCache {
		c.fail("cache.size", fmt.Sprintf("%s is less than %s", c.Cache.Size, leastCache), "")
	}
	if c.Cache.Stale != 0 && c.Cache.Stale < c.Cache.Fresh {
		c.fail("cache.stale", fmt.Sprintf("%s is shorter than fresh (%s)", c.Cache.Stale, c.Cache.Fresh), "write 0s to keep nothing beyond fresh")
	}
	if c.Cache.Padding > mostPadding {
		c.fail("cache.padding", fmt.Sprintf("%s is more than %s", c.Cache.Padding, mostPadding), "")
	}
	if c.Cache.Negative > Duration(5*time.Minute) {
		c.warn("cache.negative", fmt.Sprintf("a forest that is back again is not asked for up to %s", c.Cache.Negative), "")
	}
	c.snapshot()
	if n := len(c.Telemetry.HashKey.Reveal()); n > 0 && n < leastKey {
		c.fail("telemetry.hash_key", fmt.Sprintf("is shorter than %d bytes: hashes could be guessed", leastKey), "")
	}
}
