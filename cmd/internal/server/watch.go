package server

import (
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"time"
)

// watchEvery is how often the configuration file is looked at. Checksums see
// what events miss: network shares, and the symbolic links of Kubernetes.
const watchEvery = 15 * time.Second

// watch reloads when the process is told to, or when the file has changed. A
// reload that fails leaves things as they are and is not an error here.
func (s *Server) watch(ctx context.Context) error {
	seen := s.checksum()
	for {
		timer := time.NewTimer(watchEvery + rand.N(watchEvery/10))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.options.Changed:
			timer.Stop()
		case <-timer.C:
			if s.checksum() == seen {
				continue
			}
		}
		seen = s.checksum()
		_, _ = s.Reload(ctx) // Reload has logged why, and what needs a restart
	}
}

// checksum is of the configuration file and of the files that it names.
func (s *Server) checksum() (sum [sha256.Size]byte) {
	if s.options.Path == "" {
		return sum
	}
	hash := sha256.New()
	for _, path := range append([]string{s.options.Path}, s.current.Load().config.Files()...) {
		content, err := os.ReadFile(path)
		if err != nil {
			content = []byte(err.Error())
		}
		part := sha256.Sum256(content)
		hash.Write(part[:])
	}
	hash.Sum(sum[:0])
	return sum
}
